package io.duet.system.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.checker.Checker;
import io.duet.checker.Settings;
import io.duet.checker.Verdict;
import io.duet.system.TestServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A hundred thousand messages on three nodes while one fault follows the other, for the record; not part of the build.
 *
 * <pre>{@code
 * ./mvnw -Pfaults verify -Dit.test=LongTrial -Dtrial="messages=100000&rate=400&users=24&seed=11"
 * }</pre>
 */
class LongTrial {

    private static final String DEFAULT = "messages=100000&rate=400&users=24&seed=11&patience=120";

    @Test
    void everyPromiseIsKeptOverAHundredThousandMessagesWithFaults() {
        Settings settings = Settings.parse(DEFAULT + "&" + System.getProperty("trial", ""));
        Map<String, String> node = Map.of(
                "duet.rate-limit.enabled", "false",
                "duet.heartbeat.interval", "PT4S",
                "duet.heartbeat.timeout", "PT10S",
                "JVM_ARGS", "-XX:+UseSerialGC -Xmx768m");
        try (Site site = Site.of(Trial.NODES, node);
                Checker checker = Checker.begin(settings.at(site.addresses()))) {
            checker.load();
            Random random = new Random(settings.seed());
            while (!checker.allSent()) {
                checker.awaitConfirmed(500);
                checker.suffer(fault(site, random));
            }
            Verdict verdict = checker.decide();
            System.out.println(settings + "\n" + verdict);
            assertThat(verdict.kept()).as("%s", verdict).isTrue();
        }
    }

    private static Trial.Outage fault(Site site, Random random) {
        int victim = random.nextInt(Trial.NODES);
        TestServer node = site.node(victim);
        DatabaseServer database = site.database();
        Networks networks = site.networks();
        return switch (random.nextInt(8)) {
            case 0 ->
                outage(
                        "node " + victim + " frozen",
                        12,
                        () -> TestServer.signal("STOP", node.process()),
                        () -> TestServer.signal("CONT", node.process()));
            case 1 ->
                outage(
                        "node " + victim + " cut from the others",
                        15,
                        () -> networks.cutFromNodes(victim),
                        () -> networks.joinNodes(victim));
            case 2 ->
                outage(
                        "node " + victim + " cut from clients",
                        13,
                        () -> networks.cutFromClients(victim),
                        () -> networks.joinClients(victim));
            case 3 -> outage("database stopped", 5, database::stop, database::start);
            case 4 -> outage("database paused", 8, database::freeze, database::thaw);
            case 5 -> outage("database read-only", 5, () -> database.readOnly(true), () -> database.readOnly(false));
            case 6 -> outage("node " + victim + " replaced", 0, node::terminateAndRestart, () -> {});
            default -> outage("node " + victim + " killed", 3, node::kill, () -> site.startAgain(List.of(node)));
        };
    }

    private static Trial.Outage outage(String name, int seconds, Runnable begin, Runnable end) {
        return new Trial.Outage(name, Duration.ofSeconds(seconds), begin, end);
    }
}
