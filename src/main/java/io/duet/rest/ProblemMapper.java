package io.duet.rest;

import io.duet.protocol.ErrorCode;
import jakarta.inject.Singleton;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;
import java.time.Duration;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Makes a problem detail of everything that a request can end with but success. Only faults of ours are logged. */
@Provider
@Singleton
public final class ProblemMapper implements ExceptionMapper<Throwable> {

    private static final Logger LOG = Logger.getLogger(ProblemMapper.class);

    @Override
    public Response toResponse(Throwable failure) {
        final Optional<ApiException> refusal = Problem.refusal(failure);
        if (refusal.isEmpty()) {
            LOG.error("A REST call failed", failure);
            return response(new ApiException(500, ErrorCode.UNAVAILABLE, "the server failed"));
        }
        final Response response = response(refusal.get());
        if (failure instanceof WebApplicationException standard
                && standard.getResponse().getHeaderString(HttpHeaders.ALLOW) != null) {
            return Response.fromResponse(response)
                    .header(HttpHeaders.ALLOW, standard.getResponse().getHeaderString(HttpHeaders.ALLOW))
                    .build();
        }
        return response;
    }

    /** The answer to a refusal, for filters, which cannot throw on every server. */
    static Response response(ApiException refusal) {
        final Response.ResponseBuilder response = Response.status(refusal.status())
                .type(Problem.MEDIA_TYPE)
                .entity(Problem.of(refusal.status(), refusal.code(), refusal.getMessage()));
        if (refusal.status() == 401) {
            response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        }
        refusal.retryAfter().ifPresent(delay -> response.header(HttpHeaders.RETRY_AFTER, wholeSeconds(delay)));
        return response.build();
    }

    private static long wholeSeconds(Duration delay) {
        return delay.getNano() == 0 ? delay.toSeconds() : delay.toSeconds() + 1;
    }

    /** The same for what the server itself throws, as servers have mappers of their own for that. */
    @Provider
    @Singleton
    public static final class OfServer implements ExceptionMapper<WebApplicationException> {

        private final ProblemMapper problems = new ProblemMapper();

        @Override
        public Response toResponse(WebApplicationException failure) {
            return problems.toResponse(failure);
        }
    }
}
