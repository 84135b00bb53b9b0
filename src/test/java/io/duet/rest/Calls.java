package io.duet.rest;

import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jboss.resteasy.core.SynchronousDispatcher;
import org.jboss.resteasy.core.SynchronousExecutionContext;
import org.jboss.resteasy.mock.MockDispatcherFactory;
import org.jboss.resteasy.mock.MockHttpRequest;
import org.jboss.resteasy.mock.MockHttpResponse;
import org.jboss.resteasy.spi.Dispatcher;

/** This room's providers and a resource in the JAX-RS implementation that the servers use, without a server. */
final class Calls {

    static final Caller CALLER =
            new Caller(UUID.fromString("0190a7e2-1111-7abc-8def-0123456789ab"), new UUID(2, 2), Instant.EPOCH);
    static final String TOKEN = "a.valid.token";

    private final Dispatcher dispatcher = MockDispatcherFactory.createDispatcher();

    Calls(Object resource) {
        final Authenticator authenticator = token -> token.equals(TOKEN) ? Optional.of(CALLER) : Optional.empty();
        final BearerFilter bearer = new BearerFilter(authenticator);
        for (final Object provider : List.of(
                new JsonBody(16),
                new ProblemMapper(),
                new ProblemMapper.OfServer(),
                new AddressFilter(),
                new IdentifierParam(),
                new OriginFilter(new Origins(Set.of("https://chat.example"))),
                bearer)) {
            dispatcher.getProviderFactory().registerProviderInstance(provider);
        }
        dispatcher.getRegistry().addSingletonResource(resource);
    }

    Call call(String method, String path) {
        return new Call(method, path);
    }

    final class Call {

        private final MockHttpRequest request;

        private Call(String method, String path) {
            try {
                request = MockHttpRequest.create(method, path);
            } catch (URISyntaxException impossible) {
                throw new IllegalArgumentException(impossible);
            }
        }

        Call header(String name, String value) {
            request.header(name, value);
            return this;
        }

        Call bearer() {
            return header("Authorization", "Bearer " + TOKEN);
        }

        Call json(String body) {
            return body("application/json", body.getBytes(StandardCharsets.UTF_8));
        }

        Call body(String type, byte[] body) {
            request.contentType(type);
            request.content(body);
            return this;
        }

        Answer send() {
            final MockHttpResponse response = new MockHttpResponse();
            request.setAsynchronousContext(
                    new SynchronousExecutionContext((SynchronousDispatcher) dispatcher, request, response));
            dispatcher.invoke(request, response);
            return new Answer(response);
        }
    }

    record Answer(MockHttpResponse response) {

        int status() {
            return response.getStatus();
        }

        String header(String name) {
            final Object value = response.getOutputHeaders().getFirst(name);
            return value == null ? null : value.toString();
        }

        String body() {
            return new String(response.getOutput(), StandardCharsets.UTF_8);
        }
    }
}
