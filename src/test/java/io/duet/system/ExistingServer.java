package io.duet.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.duet.system.client.Duet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.postgresql.Driver;

/**
 * A server as it is downloaded, with nothing of Duet in it, upon which a test does what the operator's page of its kind says:
 * with the page's own files and commands, in a directory that has the WAR and PostgreSQL's driver.
 */
abstract sealed class ExistingServer implements AutoCloseable {
    private static final Duration STEP_DEADLINE = Duration.ofMinutes(3);
    private static final Duration START_DEADLINE = Duration.ofMinutes(3);

    final Path directory;
    final int port = ServerProcess.freePort();
    private final Path said;

    private ExistingServer(Path directory) {
        this.directory = directory;
        said = directory.resolve("said.txt");
    }

    /** Of the kind that this test run is about. */
    static ExistingServer in(Path directory) throws IOException {
        Files.createDirectories(directory);
        return switch (ServerKind.ofThisBuild()) {
            case LIBERTY -> new Liberty(directory);
            case WILDFLY -> new WildFly(directory);
        };
    }

    abstract ServerPage page();

    /** Where the server is, and what keeps it from taking a port that another one has. */
    abstract Map<String, String> environment();

    abstract Optional<ProcessHandle> process();

    /** Where it writes its log. */
    abstract Path log();

    /** Puts the files of the page in place, with these lines of {@code duet.env} instead of its own, and takes its first step. */
    void deploy(Map<String, String> secrets) throws IOException {
        Path driver = Path.of(URI.create(
                Driver.class.getProtectionDomain().getCodeSource().getLocation().toString()));
        Files.copy(driver, directory.resolve(driver.getFileName()));
        Files.copy(Path.of("target/duet.war"), directory.resolve("duet.war"));
        for (Map.Entry<String, String> file : page().files().entrySet()) {
            String text = file.getValue();
            if (file.getKey().equals("duet.env")) {
                for (Map.Entry<String, String> secret : secrets.entrySet()) {
                    text = replaced(text, secret.getKey(), secret.getValue());
                }
            }
            Files.writeString(directory.resolve(file.getKey()), text);
        }
        take("deploy");
    }

    private static String replaced(String text, String name, String value) {
        String changed = text.replaceFirst("(?m)^" + name + "=.*$", name + "=" + value);
        if (changed.equals(text)) {
            throw new IllegalArgumentException("duet.env has no " + name);
        }
        return changed;
    }

    void start() {
        take("start");
        Awaitility.await("the server is ready; it said: " + said)
                .atMost(START_DEADLINE)
                .until(() -> duetSays("/health/ready") == 200);
    }

    private int duetSays(String path) {
        try {
            return duet().rest().get(path, null).status();
        } catch (RuntimeException | AssertionError noAnswer) {
            return 0;
        }
    }

    /** Stop, replace, start; the new version is the old one. */
    void upgrade() {
        stop();
        take("replace");
        start();
    }

    private void stop() {
        Optional<ProcessHandle> running = process();
        take("stop");
        running.ifPresent(ExistingServer::awaitEnd);
    }

    private static void awaitEnd(ProcessHandle process) {
        try {
            process.onExit().get(STEP_DEADLINE.toSeconds(), TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the server did not end", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Does a step of the page by the shell. */
    void take(String step) {
        try {
            var builder = new ProcessBuilder("sh", "-e", "-c", page().step(step))
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(said.toFile()));
            Map<String, String> environment = new HashMap<>(environment());
            environment.put("JAVA_HOME", System.getProperty("java.home"));
            environment.put("DUET_CLUSTER_FAILURE_TIMEOUT", "PT20S");
            builder.environment().keySet().removeIf(name -> name.startsWith("DUET_"));
            builder.environment().putAll(environment);
            Process shell = builder.start();
            if (!shell.waitFor(STEP_DEADLINE.toSeconds(), TimeUnit.SECONDS) || shell.exitValue() != 0) {
                shell.destroyForcibly();
                throw new IllegalStateException(step + ": " + Files.readString(said, UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    Duet duet() {
        return new Duet(URI.create("http://127.0.0.1:" + port));
    }

    @Override
    public void close() {
        process().ifPresent(running -> {
            running.destroy();
            awaitEnd(running);
        });
    }

    /** The Liberty of the build, with another {@code usr}. */
    private static final class Liberty extends ExistingServer {
        Liberty(Path directory) throws IOException {
            super(directory);
            Files.createDirectories(user());
        }

        private Path user() {
            return directory.resolve("usr");
        }

        @Override
        ServerPage page() {
            return new ServerPage(Path.of("docs/liberty.md"));
        }

        @Override
        Map<String, String> environment() {
            return Map.of(
                    "WLP_HOME", Path.of("target/liberty/wlp").toAbsolutePath().toString(),
                    "WLP_USER_DIR", user().toString(),
                    "DUET_HTTP_HOST", "127.0.0.1",
                    "DUET_HTTP_PORT", Integer.toString(port),
                    "JVM_ARGS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx512m");
        }

        @Override
        Optional<ProcessHandle> process() {
            Path pid = user().resolve("servers/.pid/duet.pid");
            return Files.exists(pid)
                    ? ProcessHandle.of(Long.parseLong(ServerPage.text(pid).strip()))
                    : Optional.empty();
        }

        @Override
        Path log() {
            return user().resolve("servers/duet/logs/messages.log");
        }
    }

    /** The WildFly of the build, with a directory {@code standalone} as it was downloaded. */
    private static final class WildFly extends ExistingServer {
        private final int management = ServerProcess.freePort();
        private final Path home;

        WildFly(Path directory) throws IOException {
            super(directory);
            Path built = Path.of("target/wildfly").toAbsolutePath();
            home = Files.createDirectories(directory.resolve("wildfly"));
            for (String same : new String[] {"bin", "modules", "jboss-modules.jar"}) {
                Files.createSymbolicLink(home.resolve(same), built.resolve(same));
            }
            Path configuration = Files.createDirectories(home.resolve("standalone/configuration"));
            Files.createDirectories(home.resolve("standalone/deployments"));
            for (String file : new String[] {"logging.properties", "mgmt-users.properties", "mgmt-groups.properties"}) {
                Files.copy(built.resolve("standalone/configuration").resolve(file), configuration.resolve(file));
            }
            Files.copy(Path.of("src/main/wildfly/standalone/configuration/duet.xml"), directory.resolve("duet.xml"));
        }

        @Override
        ServerPage page() {
            return new ServerPage(Path.of("docs/wildfly.md"));
        }

        @Override
        Map<String, String> environment() {
            return Map.of(
                    "JBOSS_HOME", home.toString(),
                    "DUET_HTTP_HOST", "127.0.0.1",
                    "DUET_HTTP_PORT", Integer.toString(port),
                    "DUET_MANAGEMENT_PORT", Integer.toString(management),
                    "PREPEND_JAVA_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
        }

        @Override
        Optional<ProcessHandle> process() {
            return ProcessHandle.allProcesses()
                    .filter(process -> process.info()
                            .commandLine()
                            .filter(line ->
                                    line.contains("org.jboss.as.standalone") && line.contains("jboss.home.dir=" + home))
                            .isPresent())
                    .findFirst();
        }

        @Override
        Path log() {
            return home.resolve("standalone/log/server.log");
        }
    }
}
