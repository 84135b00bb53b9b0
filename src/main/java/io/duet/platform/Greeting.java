package io.duet.platform;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.regex.Pattern;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import org.jboss.logging.Logger;

/**
 * The last line on the console of a start: where to go, or why there is nothing. To be the last it waits until the server
 * has written to its log that it is ready (Open Liberty {@code CWWKF0011I}; WildFly {@code WFLYSRV0025}, or {@code WFLYSRV0026} with
 * errors), which an application cannot learn in another way.
 */
@Singleton
final class Greeting {
    private static final Logger LOG = Logger.getLogger(Greeting.class);
    private static final Pattern SERVER_IS_READY = Pattern.compile("CWWKF0011I|WFLYSRV002[56]");
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final ThreadFactory threads;

    @Inject
    Greeting(ThreadFactory threads) {
        this.threads = threads;
    }

    void ready() {
        String url = lookUp("duet/url").orElse("");
        say("Duet is ready: " + url, () -> {});
    }

    void failed(Throwable reason) {
        Throwable root = reason;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = String.valueOf(root.getMessage()).lines().findFirst().orElse("");
        // A server of ours that cannot serve is of no use: whoever watches it sees its end sooner than its probes
        boolean ownServer = lookUp("duet/failed-start").filter("exit"::equals).isPresent();
        say(
                "Duet has not started: " + message,
                ownServer ? () -> Runtime.getRuntime().exit(1) : () -> {});
    }

    private void say(String line, Runnable afterwards) {
        Optional<Path> log = lookUp("duet/log").map(Path::of).filter(Files::isReadable);
        threads.newThread(() -> {
                    log.ifPresent(Greeting::awaitServer);
                    System.out.println(line); // the console of a server shows nothing else that is not a warning
                    afterwards.run();
                })
                .start();
    }

    private static void awaitServer(Path log) {
        long end = System.nanoTime() + DEADLINE.toNanos();
        try {
            while (System.nanoTime() < end
                    && !SERVER_IS_READY
                            .matcher(Files.readString(log, StandardCharsets.ISO_8859_1))
                            .find()) {
                Thread.sleep(PAUSE.toMillis());
            }
        } catch (IOException e) {
            LOG.debug("The server's log cannot be read", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Entries of our own servers' configuration; another server need not have them. */
    @SuppressWarnings("BanJNDI") // the names are constants
    private static Optional<String> lookUp(String name) {
        try {
            return Optional.of(InitialContext.<String>doLookup(name));
        } catch (NamingException e) {
            return Optional.empty();
        }
    }
}
