package io.duet.system.faults;

import static io.duet.system.client.Json.number;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.Command;
import io.duet.system.TestServer;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Talk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The WAR is put in place again and again under a running server: nothing of the old application stays. */
class RedeployTrial {

    private static final Path INSTALLED = Path.of("target/liberty/wlp/usr").toAbsolutePath();
    private static final Path RUNS = Path.of("target/system").toAbsolutePath();
    private static final int TIMES = 10;
    private static final int WARM_UP = 3;
    private static final int MOST_MORE_THREADS = 20;
    private static final int MOST_MORE_CLASSES = 2_500;

    /**
     * Room for three deployments, one of them just ended: each is 45 MB of heap and 60 MB of classes. What is reachable softly
     * only is as good as gone, so it does not count.
     */
    private static final String LITTLE_ROOM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx384m"
            + " -XX:MaxMetaspaceSize=300m -XX:SoftRefLRUPolicyMSPerMB=0";

    @Test
    void tenRedeploysLeaveThreadsAndClassesConstant() throws Exception {
        Path user = serverThatWatchesItsApplication();
        Path war = user.resolve("servers/duet/apps/duet.war");
        try (TestServer server = TestServer.start(Map.of("WLP_USER_DIR", user.toString(), "JVM_ARGS", LITTLE_ROOM))) {
            Talk talk = Talk.on(server.duet());
            int warmThreads = 0;
            int warmClasses = 0;
            for (int time = 1; time <= TIMES; time++) {
                redeploy(war);
                int updates = time;
                Awaitility.await("update " + time)
                        .atMost(Duration.ofMinutes(2))
                        .failFast(
                                "the server has ended", () -> !server.process().isAlive())
                        .until(() -> server.log().split("CWWKZ0003I").length - 1 == updates && server.isReady());
                useIt(talk, time);
                if (time == WARM_UP) {
                    warmThreads = threads(server);
                    warmClasses = classes(server);
                }
            }
            assertThat(threads(server)).as("threads").isLessThan(warmThreads + MOST_MORE_THREADS);
            assertThat(classes(server)).as("classes").isLessThan(warmClasses + MOST_MORE_CLASSES);
        }
    }

    /** So that more of it is loaded than a start needs. */
    private static void useIt(Talk talk, int time) throws Exception {
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().online()) {
            assertThat(number(alice.say(talk.conversation(), "after " + time), "sequence_number"))
                    .isEqualTo(time);
            bob.expect("new_message");
            bob.ackUpTo(talk.conversation(), time);
            alice.expect("delivered");
        }
        assertThat(talk.bob()
                        .get("/api/conversations/" + talk.conversation() + "/messages")
                        .expect(200)
                        .get("items"))
                .hasSize(time);
    }

    private static Path serverThatWatchesItsApplication() throws IOException {
        Files.createDirectories(RUNS);
        Path user = Files.createTempDirectory(RUNS, "redeploy");
        try (Stream<Path> files = Files.walk(INSTALLED)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path copy = user.resolve(INSTALLED.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
        Path overrides = user.resolve("servers/duet/configDropins/overrides");
        Files.createDirectories(overrides);
        Files.writeString(
                overrides.resolve("watch.xml"),
                "<server><applicationMonitor updateTrigger=\"polled\" pollingRate=\"100ms\"/></server>");
        return user;
    }

    private static void redeploy(Path war) throws IOException {
        Path copy = war.resolveSibling("duet.war.new");
        Files.copy(war, copy);
        Files.move(copy, war, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static int threads(TestServer server) {
        return (int) counter(server, "java.threads.live");
    }

    /** After two collections: what is loaded then is reachable. */
    private static int classes(TestServer server) {
        jcmd(server, "GC.run");
        jcmd(server, "GC.run");
        return (int) (counter(server, "java.cls.loadedClasses") - counter(server, "java.cls.unloadedClasses"));
    }

    private static long counter(TestServer server, String name) {
        return jcmd(server, "PerfCounter.print")
                .lines()
                .filter(line -> line.startsWith(name + "="))
                .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    private static String jcmd(TestServer server, String command) {
        String program = Path.of(System.getProperty("java.home"), "bin/jcmd").toString();
        return Command.run((program + " " + server.process().pid() + " " + command).split(" "));
    }
}
