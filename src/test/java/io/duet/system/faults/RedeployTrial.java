package io.duet.system.faults;

import static io.duet.system.client.Json.number;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.Command;
import io.duet.system.TestServer;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Talk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The WAR is put in place again and again under a running server: nothing of the old application stays. */
class RedeployTrial {

    private static final Path RUNS = Path.of("target/system").toAbsolutePath();
    private static final int TIMES = 10;
    private static final int WARM_UP = 3;
    /** Fewer than one for each. */
    private static final int MOST_MORE_THREADS = TIMES - WARM_UP - 2;

    private static final int MOST_MORE_CLASSES = 2_500;

    /**
     * Room for few deployments: each is 45 MB of heap and 60 MB of classes. One has just ended, and another one Java itself may remember, in its cache of
     * the type that a method was last called with. What is reachable softly only is as good as gone, so it does not count.
     */
    private static final String LITTLE_ROOM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx384m"
            + " -XX:SoftRefLRUPolicyMSPerMB=0 -XX:MaxMetaspaceSize=";

    @Test
    void tenRedeploysLeaveThreadsAndClassesConstant() throws Exception {
        Redeployment redeployment = Redeployment.ofThisBuild(RUNS);
        Map<String, String> environment = new HashMap<>(redeployment.environment());
        environment.put("JVM_ARGS", LITTLE_ROOM + redeployment.roomForClasses());
        try (TestServer server = TestServer.start(environment)) {
            Talk talk = Talk.on(server.duet());
            int warmThreads = 0;
            int warmClasses = 0;
            for (int time = 1; time <= TIMES; time++) {
                redeployment.begin();
                Awaitility.await("update " + time)
                        .atMost(Duration.ofMinutes(2))
                        .failFast(
                                "the server has ended", () -> !server.process().isAlive())
                        .until(() -> redeployment.isDone(server.log()) && server.isReady());
                useIt(talk, time);
                if (time == WARM_UP) {
                    warmThreads = threads(server, redeployment);
                    warmClasses = classes(server);
                }
            }
            assertThat(threads(server, redeployment)).as("threads").isLessThan(warmThreads + MOST_MORE_THREADS);
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

    /** Without those by which the server fits itself to its load. */
    private static int threads(TestServer server, Redeployment redeployment) {
        return (int) jcmd(server, "Thread.print")
                .lines()
                .filter(line -> line.startsWith("\""))
                .filter(line -> redeployment.pools().stream().noneMatch(line.substring(1)::startsWith))
                .count();
    }

    /** After two collections, and what finalizers a class loader has between them: what is loaded then is reachable. */
    private static int classes(TestServer server) {
        jcmd(server, "GC.run");
        jcmd(server, "GC.run_finalization");
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
