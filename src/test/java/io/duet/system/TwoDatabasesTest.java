package io.duet.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.duet.checker.Checker;
import io.duet.checker.Settings;
import io.duet.checker.Verdict;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * One database becomes two and two become four as {@code docs/scale-out.md} says, in front of people who write, and two nodes then use
 * all. The checker judges everything from the first message on.
 */
@TestMethodOrder(OrderAnnotation.class)
class TwoDatabasesTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration START = Duration.ofMinutes(3);
    private static Path place;
    private static InstalledPostgreSql home;
    private static InstalledPostgreSql second;
    private static final List<InstalledPostgreSql> LATER = new ArrayList<>();
    private static final List<Integer> LATER_PORTS = List.of(ServerProcess.freePort(), ServerProcess.freePort());
    private static final List<TestServer> NODES = new ArrayList<>();

    @BeforeAll
    static void start() {
        place = InstalledPostgreSql.place();
        home = InstalledPostgreSql.fresh(place);
        second = home.replica(place.resolve("second"));
        Map<String, String> settings = Map.of(
                "DUET_DB_URL",
                home.jdbcUrl("duet"),
                "DUET_DB_1_URL",
                second.jdbcUrl("duet"),
                "DUET_DB_2_URL",
                InstalledPostgreSql.jdbcUrl(LATER_PORTS.get(0), "duet"),
                "DUET_DB_3_URL",
                InstalledPostgreSql.jdbcUrl(LATER_PORTS.get(1), "duet"),
                "DUET_DB_POOL_SIZE",
                "16",
                "duet.rate-limit.enabled",
                "false",
                "duet.message-log.deadline",
                "PT3S",
                "duet.presence.grace",
                "PT2S");
        for (int i = 0; i < 2; i++) {
            NODES.add(TestServer.launch(List.of(), settings));
        }
        NODES.forEach(TestServer::awaitReady);
    }

    @AfterAll
    static void stop() {
        NODES.forEach(TestServer::close);
        LATER.forEach(InstalledPostgreSql::close);
        second.close();
        home.close();
        InstalledPostgreSql.remove(place);
    }

    private static Checker checker(String settings) {
        List<URI> addresses = NODES.stream().map(node -> node.duet().base()).toList();
        return Checker.begin(Settings.parse(settings).at(addresses));
    }

    private static void decide(Checker checker) {
        checker.settleAt(user -> -1);
        Verdict verdict = checker.decide();
        assertThat(verdict.kept()).as(verdict.toString()).isTrue();
    }

    private static long messagesIn(InstalledPostgreSql database) {
        return Long.parseLong(database.ask("duet", "SELECT count(*) FROM messages"));
    }

    @Test
    @Order(1)
    void oneDatabaseBecomesTwo() throws Exception {
        try (Checker checker = checker("users=10&messages=0&rate=100&seed=11")) {
            checker.load();
            checker.awaitConfirmed(150);
            checker.note("the nodes stop");
            NODES.forEach(TestServer::terminate);
            home.promote(second);
            home.execute("duet", "UPDATE shard_buckets SET shard = '1' WHERE bucket >= 512");
            NODES.forEach(TestServer::launchAgain);
            NODES.forEach(TestServer::awaitReady);
            checker.note("the nodes have two databases");

            long before = messagesIn(home);
            long beforeThere = messagesIn(second);
            checker.awaitConfirmed(150);
            assertThat(messagesIn(home)).isGreaterThan(before);
            assertThat(messagesIn(second)).isGreaterThan(beforeThere);

            clean(home);
            clean(second);
            second.execute("duet", "CALL remove_home_data()");
            checker.awaitConfirmed(50);
            decide(checker);
        }
    }

    /** What the other has a copy of goes, while nodes run. */
    private static void clean(InstalledPostgreSql database) throws SQLException {
        database.execute("duet", "CREATE INDEX CONCURRENTLY clean_read_receipts ON read_receipts (conversation_id)");
        database.execute("duet", "CREATE INDEX CONCURRENTLY clean_pushes ON pushes (conversation_id)");
        database.execute("duet", "CALL remove_foreign_conversations(100)");
        database.execute("duet", "DROP INDEX clean_read_receipts, clean_pushes");
        for (String table : List.of("messages", "conversations", "read_receipts")) {
            String foreign =
                    " FROM " + table + ", shard_identity WHERE get_bit(buckets, shard_bucket(conversation_id)) = 0";
            assertThat(database.ask("duet", "SELECT count(*)" + foreign))
                    .as(table)
                    .isEqualTo("0");
            assertThat(database.ask("duet", "SELECT count(*) > 0 FROM " + table))
                    .isEqualTo("t");
        }
    }

    @Test
    @Order(2)
    void whatOneDatabaseHasGoesOnWhileAnotherIsAway() {
        try (Checker checker = checker("users=10&messages=0&rate=100&seed=12")) {
            checker.load();
            checker.awaitConfirmed(200);
            checker.note("the second database stops");
            second.stop();
            long before = messagesIn(home);
            await().atMost(SOON).until(() -> messagesIn(home) > before + 50);
            for (TestServer node : NODES) {
                assertThat(node.isReady()).isTrue();
            }
            second.startAgain();
            checker.note("the second database is there again");
            long beforeThere = messagesIn(second);
            await().atMost(SOON).until(() -> messagesIn(second) > beforeThere + 20);
            checker.awaitConfirmed(100);

            checker.note("the home database stops");
            home.stop();
            long beforeAlone = messagesIn(second);
            await().atMost(SOON).until(() -> messagesIn(second) > beforeAlone + 20);
            home.startAgain();
            checker.note("the home database is there again");
            await().atMost(SOON).until(() -> NODES.stream().allMatch(TestServer::isReady));
            checker.awaitConfirmed(150);
            decide(checker);
        }
    }

    /** With so many conversations that each database gets some: where one belongs is chance. */
    @Test
    @Order(3)
    void twoDatabasesBecomeFour() throws Exception {
        try (Checker checker = checker("users=10&peers=5&messages=0&rate=100&seed=13")) {
            checker.load();
            checker.awaitConfirmed(150);
            LATER.add(home.replica(place.resolve("third"), LATER_PORTS.get(0)));
            LATER.add(second.replica(place.resolve("fourth"), LATER_PORTS.get(1)));
            checker.note("the nodes stop");
            NODES.forEach(TestServer::terminate);
            home.promote(LATER.get(0));
            second.promote(LATER.get(1));
            for (InstalledPostgreSql copy : LATER) {
                copy.execute("duet", "DELETE FROM shard_identity");
            }
            home.execute("duet", "UPDATE shard_buckets SET shard = '2' WHERE shard = 'home' AND bucket % 2 = 1");
            home.execute("duet", "UPDATE shard_buckets SET shard = '3' WHERE shard = '1' AND bucket % 2 = 1");
            NODES.forEach(TestServer::launchAgain);
            NODES.forEach(TestServer::awaitReady);
            checker.note("the nodes have four databases");

            List<InstalledPostgreSql> all = List.of(home, second, LATER.get(0), LATER.get(1));
            List<Long> before = all.stream().map(TwoDatabasesTest::messagesIn).toList();
            checker.awaitConfirmed(300);
            for (int i = 0; i < all.size(); i++) {
                assertThat(messagesIn(all.get(i))).as("database %d", i).isGreaterThan(before.get(i));
            }
            for (InstalledPostgreSql database : all) {
                clean(database);
            }
            for (InstalledPostgreSql copy : LATER) {
                copy.execute("duet", "CALL remove_home_data()");
            }
            checker.awaitConfirmed(50);
            decide(checker);
        }
    }

    /** Neither half is a whole. */
    @Test
    @Order(4)
    void aNodeThatKnowsOnlyOneOfThemDoesNotStart() {
        try (ServerProcess withoutTheOther = ServerProcess.launch(Map.of("DUET_DB_URL", home.jdbcUrl("duet")));
                ServerProcess withTheOtherOnly = ServerProcess.launch(Map.of("DUET_DB_URL", second.jdbcUrl("duet")))) {
            refuses(withoutTheOther, "DUET_DB_1_URL is not set");
            refuses(withTheOtherOnly, "DUET_DB_URL leads to the database of shard 1");
        }
    }

    private static void refuses(ServerProcess node, String reason) {
        await().atMost(START).until(() -> node.console().contains("Duet has not started"));
        assertThat(node.console()).contains(reason);
    }
}
