package io.duet.system.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.ServerProcess;
import io.duet.system.client.Duet;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The image is built of what was packaged, and runs without rights on a root that nobody can write to, as process number 1. */
class ImageTrial {
    private static final Duration START_DEADLINE = Duration.ofMinutes(3);
    private static final Path SERVER = Path.of("target/liberty/wlp");
    private static final long MOST_OUTPUT_BYTES = 400L << 20;

    private static Image image;

    /** Of files as builds under other umasks leave them. */
    @BeforeAll
    static void build() throws Exception {
        Files.setPosixFilePermissions(SERVER.resolve("README.TXT"), PosixFilePermissions.fromString("rw-rw-rw-"));
        Files.setPosixFilePermissions(SERVER.resolve("LICENSE"), PosixFilePermissions.fromString("rw-------"));
        image = Image.build();
    }

    @AfterAll
    static void remove() throws Exception {
        if (image != null) {
            image.close();
        }
    }

    @Test
    void whoRunsItCanReadButNotChangeWhatRuns() throws Exception {
        try (Stream<Path> files = Files.walk(image.root().resolve("opt/duet"))) {
            assertThat(files.filter(file -> !Files.isSymbolicLink(file)))
                    .hasSizeGreaterThan(1000)
                    .allSatisfy(file -> {
                        assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(0);
                        assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(0);
                        Set<PosixFilePermission> permissions =
                                Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS);
                        assertThat(permissions)
                                .contains(PosixFilePermission.GROUP_READ)
                                .doesNotContain(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
                    });
        }
    }

    @Test
    void saysHowItIsToBeRun() throws Exception {
        JsonNode configuration = image.configuration();
        assertThat(configuration.get("User").asString()).isEqualTo("10001:0");
        assertThat(configuration.get("StopSignal").asString()).isEqualTo("SIGTERM");
        assertThat(configuration.at("/Healthcheck/Test/1").asString()).isEqualTo("/opt/duet/bin/health");
        assertThat(configuration.get("ExposedPorts").propertyNames()).containsExactly("9080/tcp");
        assertThat(configuration.get("Volumes").propertyNames()).containsExactlyInAnyOrder("/data", "/output");
    }

    /** The build of the server leaves a random password and a path of the builder's machine in it. */
    @Test
    void nothingOfWhoBuiltItIsInIt() throws Exception {
        Path server = image.root().resolve("opt/duet/usr/servers/duet");
        assertThat(server.resolve("server.xml")).exists();
        try (Stream<Path> files = Files.list(server)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .doesNotContain("server.env", "bootstrap.properties", "workarea", "logs");
        }
    }

    @Test
    void runsOnAReadOnlyRoot() throws Exception {
        Path volumes = Image.place();
        int port = ServerProcess.freePort();
        try (Container container = start(volumes, port)) {
            awaitReady(container, port);
            assertThat(health(container, port)).isZero();
            assertThat(health(container, ServerProcess.freePort())).isNotZero();
            duet(port).register("alice");
            for (String directory : List.of("/", "/opt/duet", "/opt/duet/usr/servers/duet", "/var/tmp", "/etc")) {
                assertThat(container.execute("A=a", "touch", directory + "/written"))
                        .as(directory)
                        .isNotZero();
            }
            assertThat(container.execute("A=a", "touch", "/tmp/written", "/data/written", "/output/written"))
                    .isZero();

            assertThat(container.stop()).as("128 and SIGTERM").isEqualTo(128 + 15);
            assertThat(log(volumes)).contains("received fast shutdown request", "database system is shut down");
            assertThat(volumes.resolve("data/postgresql/postmaster.pid")).doesNotExist();
            assertThat(Files.readString(container.console()))
                    .contains("Duet is ready")
                    .doesNotContain("Read-only file system", "Permission denied", "FFDC1015I");
            assertThat(bytes(volumes.resolve("output"))).isLessThan(MOST_OUTPUT_BYTES);
        }
        try (Container container = start(volumes, port)) {
            awaitReady(container, port);
            duet(port).signIn("alice", "correct horse battery alice");
            container.kill();
            assertThat(volumes.resolve("data/postgresql/postmaster.pid")).exists();
        }
        try (Container container = start(volumes, port)) {
            awaitReady(container, port);
            assertThat(Files.readString(container.console())).contains("PostgreSQL was not stopped in order");
            duet(port).signIn("alice", "correct horse battery alice");
        }
    }

    /** Nobody but process number 1 inherits it, which is the server: what has ended stays in the list of processes. */
    @Test
    void aPostgreSqlThatHasEndedIsStartedAgain() throws Exception {
        Path volumes = Image.place();
        int port = ServerProcess.freePort();
        try (Container container = start(volumes, port)) {
            awaitReady(container, port);
            duet(port).register("alice");
            container.first().children().filter(ImageTrial::isPostgreSql).forEach(ProcessHandle::destroyForcibly);
            Awaitility.await("noticed").atMost(START_DEADLINE).until(() -> !isReady(port));
            awaitReady(container, port);
            duet(port).signIn("alice", "correct horse battery alice");
        }
    }

    private static boolean isPostgreSql(ProcessHandle process) {
        return process.info().command().orElse("").endsWith("/postgres");
    }

    private static Container start(Path volumes, int port) throws Exception {
        return new Container(image, volumes, "DUET_HTTP_HOST=127.0.0.1", "DUET_HTTP_PORT=" + port);
    }

    private static void awaitReady(Container container, int port) throws IOException {
        Awaitility.await("ready").atMost(START_DEADLINE).until(() -> isReady(port) || !container.isAlive());
        assertThat(container.isAlive()).as(() -> console(container)).isTrue();
    }

    private static String console(Container container) {
        try {
            return Files.readString(container.console());
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static boolean isReady(int port) throws IOException, InterruptedException {
        try {
            var request = HttpRequest.newBuilder(uri(port).resolve("/health/ready"))
                    .timeout(Duration.ofSeconds(10))
                    .build();
            return HttpClient.newHttpClient()
                            .send(request, BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private static int health(Container container, int port) throws IOException, InterruptedException {
        return container.execute("DUET_HTTP_PORT=" + port, "/opt/duet/bin/health");
    }

    private static URI uri(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }

    private static Duet duet(int port) {
        return new Duet(uri(port));
    }

    private static String log(Path volumes) throws IOException {
        try (Stream<Path> logs = Files.list(volumes.resolve("data/postgresql/log"))) {
            StringBuilder text = new StringBuilder();
            for (Path log : logs.toList()) {
                text.append(Files.readString(log));
            }
            return text.toString();
        }
    }

    private static long bytes(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }
}
