package io.duet.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.duet.audit.Audit;
import io.duet.config.DuetConfig;
import io.duet.platform.RecordingEvent;
import io.duet.platform.SteppingClock;
import io.duet.platform.TestDatabase;
import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import io.duet.rest.Caller;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AccountsDbTest {

    private static final TestDatabase DB = TestDatabase.migrated();
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.250Z");
    private static final String PASSWORD = "correct horse battery";
    private static final String SOURCE = "10.0.0.1";

    private final SteppingClock clock = new SteppingClock(NOON);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final RecordingEvent<SessionRevoked> revocations = new RecordingEvent<>();
    private final Accounts accounts = accounts(Argon2.id(64, 1), revocations);

    private Accounts accounts(Argon2 function, RecordingEvent<SessionRevoked> event) {
        var bounds = new Passwords.Bounds(2, 64, Duration.ofSeconds(30));
        DuetConfig config = DuetConfig.defaults();
        var audit = new Audit(clock, config);
        return new Accounts(
                DB.database(),
                config,
                clock,
                new Passwords(meters, function, bounds),
                event,
                TestIssuer.none(DB),
                audit,
                new Ldap(DB.database(), config, clock, audit));
    }

    @AfterAll
    static void close() {
        DB.close();
    }

    @BeforeEach
    void forgetEverybody() {
        DB.execute("TRUNCATE users, sign_in_failures, sign_in_places CASCADE");
    }

    private User register(String username) {
        return accounts.register(username, username + "@example.org", PASSWORD);
    }

    private Accounts.Granted enter(User user) {
        return accounts.openSession(user.userId());
    }

    private static SignIn.Outcome correct(User user) {
        return new SignIn.Outcome.Correct(user.userId(), SignIn.Method.LOCAL);
    }

    private Caller caller(Accounts.Granted granted) {
        return ((TokenVerdict.Valid) accounts.verify(granted.token().token())).caller();
    }

    private double hashes() {
        return meters.get("duet.password.hashes").counter().count();
    }

    @Test
    void registersAndFindsAUser() {
        User alice = accounts.register("alice", "Alice@Example.org", PASSWORD);
        assertThat(alice.email()).contains("alice@example.org");
        assertThat(alice.createdAt()).isEqualTo(NOON);
        assertThat(accounts.byId(alice.userId())).contains(alice);
        assertThat(accounts.byId(UUID.randomUUID())).isEmpty();
    }

    @Test
    void storesNoPasswordThatCouldBeRead() {
        register("alice");
        String hash = text("SELECT password_hash FROM credentials");
        assertThat(hash).startsWith("$argon2id$").doesNotContain("horse");
    }

    @Test
    void refusesATakenNameAndATakenEmailWithoutHashing() {
        register("alice");
        double before = hashes();
        assertTaken("alice", "other@example.org", "username");
        assertTaken("bob", "ALICE@example.org", "email");
        assertTaken("alice", "alice@example.org", "username");
        assertThat(hashes()).isEqualTo(before);
    }

    private void assertTaken(String username, String email, String field) {
        assertThatThrownBy(() -> accounts.register(username, email, PASSWORD))
                .isInstanceOfSatisfying(ApiException.class, e -> {
                    assertThat(e.status()).isEqualTo(409);
                    assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST);
                    assertThat(e).hasMessage("this " + field + " is taken");
                });
    }

    @Test
    void oneOfEightSimultaneousRegistrationsOfANameWins() throws Exception {
        List<Future<String>> results = together(8, i -> {
            try {
                accounts.register("alice", "alice" + i + "@example.org", PASSWORD);
                return "registered";
            } catch (ApiException e) {
                return e.status() + " " + e.getMessage();
            }
        });
        assertThat(results)
                .extracting(Future::get)
                .containsOnly("registered", "409 this username is taken")
                .containsOnlyOnce("registered");
        assertThat(text("SELECT count(*) FROM users")).isEqualTo("1");
        assertThat(text("SELECT count(*) FROM credentials")).isEqualTo("1");
    }

    @Test
    void oneOfEightSimultaneousRegistrationsOfAnEmailWins() throws Exception {
        List<Future<String>> results = together(8, i -> {
            try {
                accounts.register("alice" + i, "alice@example.org", PASSWORD);
                return "registered";
            } catch (ApiException e) {
                return e.status() + " " + e.getMessage();
            }
        });
        assertThat(results)
                .extracting(Future::get)
                .containsOnly("registered", "409 this email is taken")
                .containsOnlyOnce("registered");
    }

    @Test
    void signsInByTheNameInAnyCase() {
        User alice = register("alice");
        assertThat(accounts.signIn("alice", PASSWORD, SOURCE)).isEqualTo(correct(alice));
        assertThat(accounts.signIn("Alice", PASSWORD, SOURCE)).isEqualTo(correct(alice));
    }

    @Test
    void unknownUserAndWrongPasswordGetTheSameAnswerForTheSameWork() {
        register("alice");
        for (String username : List.of("alice", "nobody", "not a name", "", "al\u0000ice", "x".repeat(100_000))) {
            for (String password : List.of("wrong", "", "nobody's password", "\u0000", "x".repeat(100_000))) {
                DB.execute("TRUNCATE sign_in_failures");
                double before = hashes();
                assertThat(accounts(Argon2.id(64, 1), revocations).signIn(username, password, SOURCE))
                        .isEqualTo(new SignIn.Outcome.Wrong());
                assertThat(hashes()).as("%s / %s", username, password).isEqualTo(before + 1);
            }
        }
    }

    @Test
    void refusesFurtherAttemptsWithoutHashingEvenTheRightPassword() {
        register("alice");
        for (int i = 0; i < 10; i++) {
            assertThat(accounts.signIn("alice", "wrong" + i, SOURCE)).isEqualTo(new SignIn.Outcome.Wrong());
        }
        double before = hashes();
        clock.advance(Duration.ofMinutes(1));
        var blocked = new SignIn.Outcome.TooManyFailures(Duration.ofMinutes(4));
        assertThat(accounts.signIn("alice", PASSWORD, SOURCE)).isEqualTo(blocked);
        assertThat(accounts.signIn("ALICE", PASSWORD, "10.0.0.2")).isEqualTo(blocked);
        assertThat(hashes()).isEqualTo(before);
        clock.advance(Duration.ofMinutes(4));
        assertThat(accounts.signIn("alice", PASSWORD, SOURCE)).isInstanceOf(SignIn.Outcome.Correct.class);
    }

    @Test
    void nobodyIsThrottledAsSomebodyIs() {
        for (int i = 0; i < 10; i++) {
            assertThat(accounts.signIn("nobody", "wrong", SOURCE)).isEqualTo(new SignIn.Outcome.Wrong());
        }
        assertThat(accounts.signIn("nobody", "wrong", SOURCE)).isInstanceOf(SignIn.Outcome.TooManyFailures.class);
    }

    @Test
    void simultaneousGuessesDoNotSlipPastTheLimit() throws Exception {
        register("alice");
        double before = hashes();
        List<Future<SignIn.Outcome>> results = together(32, i -> accounts.signIn("alice", "wrong" + i, SOURCE));
        assertThat(results)
                .extracting(Future::get)
                .filteredOn(SignIn.Outcome.Wrong.class::isInstance)
                .hasSizeBetween(10, 11); // two slots: two attempts may begin in the same moment
        assertThat(hashes() - before).isBetween(10.0, 11.0);
    }

    @Test
    void bringsAnOldHashUpToDateAtTheNextSignIn() {
        User alice = accounts(Argon2.id(32, 1), revocations).register("alice", "a@example.org", PASSWORD);
        assertThat(text("SELECT password_hash FROM credentials")).contains("m=32,");
        assertThat(accounts.signIn("alice", "wrong", SOURCE)).isEqualTo(new SignIn.Outcome.Wrong());
        assertThat(text("SELECT password_hash FROM credentials")).contains("m=32,");
        for (int i = 0; i < 2; i++) {
            assertThat(accounts.signIn("alice", PASSWORD, SOURCE)).isEqualTo(correct(alice));
            assertThat(text("SELECT password_hash FROM credentials")).contains("m=64,");
        }
    }

    @Test
    void grantsATokenForAnHour() {
        User alice = register("alice");
        Accounts.Granted granted = enter(alice);
        Caller caller = caller(granted);
        assertThat(caller.userId()).isEqualTo(alice.userId());
        assertThat(caller.expiresAt()).isEqualTo(Instant.parse("2026-03-01T13:00:00Z"));
        clock.advance(Duration.ofHours(1));
        assertThat(accounts.verify(granted.token().token()))
                .isEqualTo(new TokenVerdict.Invalid("the token has expired"));
    }

    @Test
    void revokesASessionAtOnceWithAllItsTokensAndNoOther() {
        User alice = register("alice");
        Accounts.Granted first = enter(alice);
        Caller caller = caller(first);
        Accounts.Granted renewed = accounts.renew(caller).orElseThrow();
        Accounts.Granted other = enter(alice);

        accounts.revoke(caller);

        var ended = new TokenVerdict.Invalid("the session has ended");
        assertThat(accounts.verify(first.token().token())).isEqualTo(ended);
        assertThat(accounts.verify(renewed.token().token())).isEqualTo(ended);
        assertThat(accounts(Argon2.id(64, 1), revocations).verify(first.token().token()))
                .as("on another node")
                .isEqualTo(ended);
        assertThat(accounts.verify(other.token().token())).isInstanceOf(TokenVerdict.Valid.class);
        assertThat(accounts.verify(List.of(first.token().token(), other.token().token(), "no token")))
                .as("several at once")
                .containsEntry(first.token().token(), ended)
                .containsEntry(other.token().token(), new TokenVerdict.Valid(caller(other)))
                .containsEntry("no token", new TokenVerdict.Invalid("this is not a token"))
                .hasSize(3);
        assertThat(accounts.renew(caller)).isEmpty();
    }

    @Test
    void listsTheOpenSessionsOfOnePersonNewestFirst() {
        User alice = register("alice");
        Caller first = caller(enter(alice));
        clock.advance(Duration.ofMinutes(1));
        Caller second = caller(enter(alice));
        Caller ended = caller(enter(alice));
        accounts.revoke(ended);
        enter(register("bob"));
        assertThat(accounts.sessionsOf(first))
                .extracting(Sessions.OpenSession::sessionId)
                .containsExactly(second.sessionId(), first.sessionId());
        assertThat(accounts.sessionsOf(first).get(0).createdAt()).isEqualTo(clock.instant());
        clock.advance(Duration.ofDays(30));
        assertThat(accounts.sessionsOf(first)).isEmpty();
    }

    @Test
    void endsASessionOfOnesOwnOnly() {
        User alice = register("alice");
        Caller here = caller(enter(alice));
        Accounts.Granted elsewhere = enter(alice);
        Caller bob = caller(enter(register("bob")));
        UUID session = caller(elsewhere).sessionId();
        assertThat(accounts.revoke(bob, session)).as("another's").isFalse();
        assertThat(accounts.verify(elsewhere.token().token())).isInstanceOf(TokenVerdict.Valid.class);
        assertThat(accounts.revoke(here, session)).isTrue();
        assertThat(accounts.verify(elsewhere.token().token())).isInstanceOf(TokenVerdict.Invalid.class);
        assertThat(accounts.revoke(here, session)).as("again").isFalse();
        assertThat(accounts.revoke(here, UUID.randomUUID())).as("unknown").isFalse();
    }

    @Test
    void announcesARevocationOnceAndAfterItsCommit() {
        List<Boolean> committedWhenFired = new ArrayList<>();
        var observed = new RecordingEvent<SessionRevoked>(event -> committedWhenFired.add(
                text("SELECT revoked_at IS NOT NULL FROM sessions WHERE session_id = '" + event.sessionId() + "'")
                        .equals("t")));
        Accounts observedAccounts = accounts(Argon2.id(64, 1), observed);
        User alice = register("alice");
        Caller caller = caller(enter(alice));
        observedAccounts.revoke(caller);
        observedAccounts.revoke(caller);
        assertThat(observed.fired()).containsExactly(new SessionRevoked(alice.userId(), caller.sessionId()));
        assertThat(committedWhenFired).containsExactly(true);
    }

    @Test
    void anObserverThatFailsDoesNotFailTheRevocation() {
        Caller caller = caller(enter(register("alice")));
        accounts(Argon2.id(64, 1), new RecordingEvent<>(event -> {
                    throw new IllegalStateException("observer");
                }))
                .revoke(caller);
        assertThat(accounts.revokedAmong(Set.of(caller.sessionId()))).containsExactly(caller.sessionId());
    }

    @Test
    void renewsWithinTheSessionAndNeverBeyondItsEnd() {
        Caller caller = caller(enter(register("alice")));
        clock.advance(Duration.ofMinutes(30));
        Accounts.Granted renewed = accounts.renew(caller).orElseThrow();
        assertThat(caller(renewed).sessionId()).isEqualTo(caller.sessionId());
        assertThat(caller(renewed).expiresAt()).isEqualTo(Instant.parse("2026-03-01T13:30:00Z"));

        clock.advance(Duration.ofDays(30).minusMinutes(45)); // a quarter of an hour before the session's end
        Accounts.Granted last = accounts.renew(caller).orElseThrow();
        assertThat(last.token().expiresAt()).isEqualTo(Instant.parse("2026-03-31T12:00:00Z"));
        clock.advance(Duration.ofMinutes(15));
        assertThat(accounts.renew(caller)).isEmpty();
        assertThat(accounts.verify(last.token().token())).isInstanceOf(TokenVerdict.Invalid.class);
    }

    @Test
    void aTokenOfAnotherUsersSessionIsInvalid() {
        Caller alice = caller(enter(register("alice")));
        User bob = register("bob");
        assertThat(accounts.renew(new Caller(bob.userId(), alice.sessionId(), alice.expiresAt())))
                .isEmpty();
    }

    @Test
    void tellsWhichSessionsHaveEnded() {
        User alice = register("alice");
        Caller open = caller(enter(alice));
        Caller revoked = caller(enter(alice));
        accounts.revoke(revoked);
        UUID unknown = UUID.randomUUID();
        assertThat(accounts.revokedAmong(List.of(open.sessionId(), revoked.sessionId(), unknown)))
                .containsExactlyInAnyOrder(revoked.sessionId(), unknown);
        assertThat(accounts.revokedAmong(List.of())).isEmpty();
        clock.advance(Duration.ofDays(30));
        assertThat(accounts.revokedAmong(List.of(open.sessionId()))).containsExactly(open.sessionId());
    }

    @Test
    void aNewSignInClearsAwayTheUsersEndedSessions() {
        User alice = register("alice");
        User bob = register("bob");
        enter(alice);
        enter(bob);
        clock.advance(Duration.ofDays(29));
        enter(alice);
        clock.advance(Duration.ofDays(1));
        enter(alice);
        assertThat(text("SELECT count(*) FROM sessions WHERE user_id = '" + alice.userId() + "'"))
                .isEqualTo("2");
        assertThat(text("SELECT count(*) FROM sessions WHERE user_id = '" + bob.userId() + "'"))
                .isEqualTo("1");
    }

    @Test
    void searchesByPrefixInOrderPageByPage() {
        for (String name : List.of("bob", "al_x", "alice", "al.ex", "al-ex", "alex", "al1", "alx", "album")) {
            register(name);
        }
        List<String> ordered = List.of("al-ex", "al.ex", "al1", "al_x", "album", "alex", "alice", "alx");
        assertThat(names(accounts.startingWith("al", "", 100))).isEqualTo(ordered);
        List<String> paged = new ArrayList<>();
        String after = "";
        while (true) {
            List<String> page = names(accounts.startingWith("al", after, 3));
            if (page.isEmpty()) {
                break;
            }
            paged.addAll(page);
            after = page.get(page.size() - 1);
        }
        assertThat(paged).isEqualTo(ordered);
        assertThat(names(accounts.startingWith("", "", 100))).hasSize(9).endsWith("bob");
    }

    @Test
    void wildcardsOfLikeAreOrdinaryCharacters() {
        register("alice");
        register("al_x");
        assertThat(names(accounts.startingWith("al_", "", 100))).containsExactly("al_x");
        for (String query : List.of("%", "_", "a%", "\\", "al\\_", "'", "alice' --", "\uFFFF", "\uD83D\uDE00")) {
            assertThat(accounts.startingWith(query, "", 100)).as(query).isEmpty();
        }
    }

    @Test
    void theSearchReadsTheIndexInOrderEvenWithAGenericPlan() {
        DB.execute("INSERT INTO users (user_id, username, email)"
                + " SELECT gen_random_uuid(), 'user' || n, 'user' || n || '@example.org' FROM generate_series(1, 20000) n;"
                + " ANALYZE users");
        String plan = DB.database().query(connection -> {
            try (var statement = connection.createStatement()) {
                statement.execute("SET plan_cache_mode = force_generic_plan");
                statement.execute("PREPARE search (text, text, text, int) AS SELECT user_id, username FROM users"
                        + " WHERE username >= $1 AND username < $2 AND username > $3 ORDER BY username LIMIT $4");
                StringBuilder lines = new StringBuilder();
                try (var rows = statement.executeQuery("EXPLAIN EXECUTE search ('user1', 'user1z', '', 20)")) {
                    while (rows.next()) {
                        lines.append(rows.getString(1)).append('\n');
                    }
                }
                statement.execute("DEALLOCATE search");
                statement.execute("RESET plan_cache_mode");
                return lines.toString();
            }
        });
        assertThat(plan).contains("Index Scan using users_username_key").doesNotContain("Sort", "Seq Scan");
    }

    private static List<String> names(List<Directory.Entry> entries) {
        return entries.stream().map(Directory.Entry::username).toList();
    }

    private static String text(String sql) {
        return DB.database().query(connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery(sql)) {
                row.next();
                return row.getString(1);
            }
        });
    }

    private interface Task<T> {
        T run(int index) throws Exception;
    }

    private static <T> List<Future<T>> together(int threads, Task<T> task) throws InterruptedException {
        var barrier = new CyclicBarrier(threads);
        var pool = Executors.newFixedThreadPool(threads);
        try {
            return pool.invokeAll(IntStream.range(0, threads)
                    .mapToObj(i -> (Callable<T>) () -> {
                        barrier.await();
                        return task.run(i);
                    })
                    .toList());
        } finally {
            pool.shutdownNow();
        }
    }
}
