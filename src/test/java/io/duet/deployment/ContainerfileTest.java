package io.duet.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The image is pinned, runs without rights, can be asked for its health, and has its signals. */
class ContainerfileTest {
    private static final Path HEALTH = Path.of("deploy/container/health");

    private final Containerfile image = image();

    private static Containerfile image() {
        try {
            return new Containerfile();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void hasOnlyInstructionsThatThereAre() {
        assertThat(List.of(
                        "ARG",
                        "FROM",
                        "RUN",
                        "COPY",
                        "ENV",
                        "VOLUME",
                        "EXPOSE",
                        "USER",
                        "WORKDIR",
                        "STOPSIGNAL",
                        "HEALTHCHECK",
                        "ENTRYPOINT"))
                .containsAll(image.names());
    }

    @Test
    void baseIsPinned() {
        assertThat(image.all("ARG").get(0)).matches("BASE=docker\\.io/library/[a-z-]+:\\d+(\\.\\d+){2}\\S*");
        assertThat(image.all("FROM")).containsExactly("${BASE}");
    }

    @Test
    void runsWithoutRightsOfRoot() {
        assertThat(image.last("USER")).matches("[1-9]\\d*:0");
        assertThat(image.position("USER")).isGreaterThan(image.position("RUN"));
        assertThat(image.all("COPY"))
                .allSatisfy(copy -> assertThat(copy)
                        .as("what runs cannot be changed by who runs it")
                        .startsWith("--chown=0:0"));
        assertThat(image.all("ENV")).noneSatisfy(env -> assertThat(env).containsIgnoringCase("password"));
    }

    @Test
    void writesToVolumesOnly() {
        assertThat(image.volumes()).containsExactly("/data", "/output");
        assertThat(image.last("ENV"))
                .contains("DUET_DATA_DIR=/data", "WLP_OUTPUT_DIR=/output", "DUET_POSTGRESQL_BINARIES=/output/");
    }

    @Test
    void everyVariableOfDuetIsASettingOfIt() throws Exception {
        List<String> names = Arrays.stream(image.last("ENV").split("\\s+"))
                .map(variable -> variable.split("=")[0])
                .filter(name -> name.startsWith("DUET_"))
                .toList();
        assertThat(names).isNotEmpty();
        assertThat(DocumentedSettings.names()).containsAll(names);
    }

    @Test
    void getsItsSignals() {
        assertThat(Containerfile.array(image.last("ENTRYPOINT")))
                .containsExactly("/opt/duet/bin/server", "run", "duet");
        assertThat(image.last("STOPSIGNAL")).isEqualTo("SIGTERM");
    }

    @Test
    void whatIsCopiedIsThereAndNotIgnored() throws Exception {
        for (String name : List.of(".containerignore", ".dockerignore")) {
            assertThat(Files.readAllLines(Path.of(name)))
                    .contains("!target/liberty/wlp", "!deploy/container")
                    .as("a password and a path of who built it")
                    .contains(
                            "target/liberty/wlp/usr/servers/duet/server.env",
                            "target/liberty/wlp/usr/servers/duet/bootstrap.properties");
        }
        assertThat(image.copied()).contains(HEALTH, Path.of("target/liberty/wlp"));
        assertThat(Files.isExecutable(HEALTH)).isTrue();
        String check = image.last("HEALTHCHECK");
        assertThat(Containerfile.array(check.substring(check.indexOf("CMD") + 3)))
                .containsExactly("/opt/duet/bin/health");
    }

    @Test
    void healthIsWhetherTheNodeLives() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        AtomicInteger status = new AtomicInteger(200);
        server.createContext("/", exchange -> {
            boolean asked = exchange.getRequestURI().getPath().equals("/health/live");
            exchange.sendResponseHeaders(asked ? status.get() : 404, -1);
            exchange.close();
        });
        server.start();
        int port = server.getAddress().getPort();
        try {
            assertThat(health(port)).isZero();
            status.set(503);
            assertThat(health(port)).isNotZero();
        } finally {
            server.stop(0);
        }
        assertThat(health(port)).isNotZero();
    }

    private static int health(int port) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(HEALTH.toAbsolutePath().toString());
        builder.environment().put("DUET_HTTP_PORT", Integer.toString(port));
        Process process = builder.redirectErrorStream(true).start();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}
