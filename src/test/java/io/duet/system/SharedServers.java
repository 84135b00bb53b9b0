package io.duet.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Lends tests two servers that live as long as the test run: one with the contract's limits and times, its rate limit
 * off so that tests can hurry, and one with {@link Brisk} times; and as {@link Nodes} the former with another node beside it. After each test, whatever the servers said in it must
 * have conformed to the contract's documents.
 */
final class SharedServers implements ParameterResolver, AfterEachCallback {

    /** Who registers by this name on the plain server is one. */
    static final String ADMINISTRATOR = "administrator";

    static final String ALLOWED_ORIGIN = "https://chat.example.org";
    static final Duration BRISK_CONNECT_TIMEOUT = Duration.ofSeconds(2);
    static final Duration BRISK_SEND_TIMEOUT = Duration.ofSeconds(2);
    static final Duration BRISK_TOKEN_LIFETIME = Duration.ofSeconds(12);
    static final Duration BRISK_GRACE = Duration.ofMillis(500);

    private static final Namespace SPACE = Namespace.create(SharedServers.class);

    /** On a loaded machine no node is to be taken for dead. */
    private static final Map<String, String> PLAIN = Map.of(
            "duet.rate-limit.enabled",
            "false",
            "duet.allowed-origins",
            ALLOWED_ORIGIN,
            "duet.admins",
            ADMINISTRATOR,
            "duet.cluster.failure-timeout",
            "PT20S");

    /** Short, but a machine may stand still for a second. Who never connects is found out well before who is silent. */
    private static final Map<String, String> BRISK = Map.of(
            "duet.heartbeat.interval", "PT1S",
            "duet.heartbeat.timeout", "PT5S",
            "duet.heartbeat.connect-timeout", BRISK_CONNECT_TIMEOUT.toString(),
            "duet.outbound.send-timeout", BRISK_SEND_TIMEOUT.toString(),
            "duet.tokens.lifetime", BRISK_TOKEN_LIFETIME.toString(),
            "duet.presence.grace", BRISK_GRACE.toString());

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == Duet.class || type == TestServer.class || type == Nodes.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        TestServer server = parameter.isAnnotated(Brisk.class) ? server(context, "brisk", BRISK) : plain(context);
        Class<?> type = parameter.getParameter().getType();
        if (type == Nodes.class) {
            return new Nodes(server, beside(context, server));
        }
        return type == Duet.class ? server.duet() : server;
    }

    /** The server with the contract's limits and times. */
    static TestServer plain(ExtensionContext context) {
        return server(context, "plain", PLAIN);
    }

    private static TestServer server(ExtensionContext context, String name, Map<String, String> settings) {
        return context.getRoot()
                .getStore(SPACE)
                .computeIfAbsent(name, key -> TestServer.start(settings), TestServer.class);
    }

    /** What is stored later is closed earlier. */
    private static TestServer beside(ExtensionContext context, TestServer first) {
        return context.getRoot()
                .getStore(SPACE)
                .computeIfAbsent("beside", key -> first.startBeside(PLAIN), TestServer.class);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        for (String name : new String[] {"plain", "brisk", "beside"}) {
            TestServer server = context.getRoot().getStore(SPACE).get(name, TestServer.class);
            if (server != null) {
                assertThat(server.contract().takeViolations())
                        .as("what the server said against the documents of the contract")
                        .isEmpty();
            }
        }
    }
}
