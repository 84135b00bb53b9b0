package io.duet.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.unboundid.ldap.sdk.Modification;
import com.unboundid.ldap.sdk.ModificationType;
import io.duet.audit.Audit;
import io.duet.audit.RecordedAudit;
import io.duet.config.DuetConfig;
import io.duet.config.TestConfig;
import io.duet.platform.RecordingEvent;
import io.duet.platform.SteppingClock;
import io.duet.platform.TestDatabase;
import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import io.duet.rest.Role;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LdapSignInDbTest {

    private static final TestDatabase DB = TestDatabase.migrated();
    private static final String SOURCE = "10.0.0.1";
    private static final String PASSWORD = TestLdap.PASSWORD;

    private final SteppingClock clock = new SteppingClock(Instant.parse("2026-03-01T12:00:00Z"));
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final RecordedAudit audited = new RecordedAudit();
    private final List<Ldap> opened = new ArrayList<>();
    private final TestLdap ldap;

    LdapSignInDbTest() throws Exception {
        ldap = new TestLdap();
    }

    private Accounts accounts(Map<String, String> more) {
        Map<String, String> settings = ldap.settings();
        settings.putAll(more);
        DuetConfig config = TestConfig.of(settings);
        var audit = new Audit(clock, config);
        var directory = new Ldap(DB.database(), config, clock, audit);
        opened.add(directory);
        var bounds = new Passwords.Bounds(2, 64, Duration.ofSeconds(30));
        return new Accounts(
                DB.database(),
                config,
                clock,
                new Passwords(meters, Argon2.id(64, 1), bounds),
                new RecordingEvent<>(),
                TestIssuer.none(DB),
                audit,
                directory);
    }

    @BeforeEach
    void forgetEverybody() {
        DB.execute("TRUNCATE users, sign_in_failures, sign_in_places CASCADE");
    }

    @AfterEach
    void close() {
        opened.forEach(Ldap::close);
        ldap.close();
        audited.close();
    }

    @AfterAll
    static void drop() {
        DB.close();
    }

    private static User enter(Accounts accounts, String typed) {
        SignIn.Outcome outcome = accounts.signIn(typed, PASSWORD, SOURCE);
        assertThat(outcome).isInstanceOf(SignIn.Outcome.Correct.class);
        return accounts.byId(((SignIn.Outcome.Correct) outcome).userId()).orElseThrow();
    }

    private void assertRefused(Accounts accounts, String typed, String password, String reason) {
        assertThat(accounts.signIn(typed, password, SOURCE)).isEqualTo(new SignIn.Outcome.Wrong());
        assertThat(audited.events("sign_in"))
                .last()
                .satisfies(event -> assertThat(event.get("reason").asString()).isEqualTo(reason));
    }

    @Test
    void makesAnAccountAtTheFirstSignInAndFindsItAtTheNext() throws Exception {
        ldap.add("alice", "mail: Alice@Example.org");
        Accounts accounts = accounts(Map.of());
        User alice = enter(accounts, "Alice");
        assertThat(alice.username()).isEqualTo("alice");
        assertThat(alice.email()).contains("alice@example.org");
        assertThat(alice.createdAt()).isEqualTo(clock.instant());
        assertThat(enter(accounts, "alice")).isEqualTo(alice);
        assertThat(enter(accounts(Map.of()), "alice")).as("on another node").isEqualTo(alice);
        assertThat(accounts.signIn("alice", PASSWORD, SOURCE))
                .isEqualTo(new SignIn.Outcome.Correct(alice.userId(), SignIn.Method.LDAP));
        assertThat(audited.events("registration")).hasSize(1);
    }

    @Test
    void refusesAWrongPasswordAndAnUnknownUserForTheSameWork() throws Exception {
        ldap.add("alice");
        Accounts accounts = accounts(Map.of());
        assertRefused(accounts, "alice", "wrong", "wrong_password");
        assertThat(audited.events("sign_in").get(0).get("username").asString()).isEqualTo("alice");
        assertRefused(accounts, "nobody", PASSWORD, "unknown_user");
        assertThat(audited.events("sign_in").get(1).has("username")).isFalse();
        accounts.register("local", "local@example.org", PASSWORD);
        assertRefused(accounts, "local", "wrong", "wrong_password");
        assertThat(ldap.binds()).as("one bind for each").hasSize(3);
        assertThat(meters.get("duet.password.hashes").counter().count()).isEqualTo(3 + 1.0);
        assertThat(ldap.binds().get(0).dn()).isEqualTo("uid=alice," + TestLdap.PEOPLE);
        assertThat(ldap.binds().subList(1, 3))
                .allSatisfy(bind -> assertThat(bind.password()).isNotIn(PASSWORD, "wrong"));
        assertThat(audited.lines()).noneMatch(line -> line.contains(PASSWORD));
    }

    @Test
    void neverTriesAnEmptyPasswordWhichAServerWouldTakeForNobodys() throws Exception {
        ldap.add("alice");
        Accounts accounts = accounts(Map.of());
        assertRefused(accounts, "alice", "", "wrong_password");
        assertRefused(accounts, "nobody", "", "unknown_user");
        assertThat(ldap.binds()).hasSize(2).noneMatch(bind -> bind.password().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*",
                "a*",
                "alice)(uid=*",
                "*)(objectClass=*",
                "alice)(|(uid=*",
                "\\61lice",
                "alice\\",
                "al\u0000ice",
                "alice\u0000",
                " ",
                "",
                "uid=alice,ou=people,dc=example,dc=org",
                "😀"
            })
    void nobodyMeansSomebodyElseByWhatHeTypes(String typed) throws Exception {
        ldap.add("alice");
        assertRefused(accounts(Map.of()), typed, PASSWORD, "unknown_user");
        assertThat(ldap.binds()).noneMatch(bind -> bind.dn().startsWith("uid="));
    }

    @Test
    void aNameThatMeansTwoEntriesMeansNobody() throws Exception {
        ldap.server().add("dn: ou=others," + TestLdap.BASE, "objectClass: organizationalUnit", "ou: others");
        ldap.add("alice");
        ldap.server()
                .add(
                        "dn: uid=alice,ou=others," + TestLdap.BASE,
                        "objectClass: person",
                        "uid: alice",
                        "userPassword: " + PASSWORD);
        assertRefused(accounts(Map.of()), "alice", PASSWORD, "ambiguous_user");
    }

    @Test
    void keepsTheAccountWhenItsEntryIsRenamedOrMoved() throws Exception {
        String dn = ldap.add("alice", "mail: alice@example.org");
        Accounts accounts = accounts(Map.of());
        User before = enter(accounts, "alice");
        ldap.server().modifyDN(dn, "uid=alice.smith", true);
        ldap.server()
                .modify(
                        "uid=alice.smith," + TestLdap.PEOPLE,
                        new Modification(ModificationType.REPLACE, "mail", "smith@example.org"));
        User after = enter(accounts, "alice.smith");
        assertThat(after.userId()).isEqualTo(before.userId());
        assertThat(after.username()).isEqualTo("alice.smith");
        assertThat(after.email()).contains("smith@example.org");
        assertRefused(accounts, "alice", PASSWORD, "unknown_user");
    }

    @Test
    void whoeverGetsAFormerNameGetsAnotherAccount() throws Exception {
        String dn = ldap.add("alice");
        Accounts accounts = accounts(Map.of());
        User former = enter(accounts, "alice");
        ldap.server().delete(dn);
        ldap.add("alice");
        User fresh = enter(accounts, "alice");
        assertThat(fresh.userId()).isNotEqualTo(former.userId());
        assertThat(fresh.username()).isEqualTo("alice");
        assertThat(accounts.byId(former.userId()).orElseThrow().username()).matches("alice\\.[0-9a-f]{8}");
    }

    @Test
    void twoEntriesWithOneUsernameDoNotTakeItFromEachOther() throws Exception {
        ldap.add("alice", "mail: one@example.org", "employeeNumber: 7");
        ldap.add("bob", "mail: two@example.org", "employeeNumber: 7");
        Accounts accounts = accounts(
                Map.of("duet.ldap.user-filter", "(mail={username})", "duet.ldap.username-attribute", "employeeNumber"));
        assertRefused(accounts, "one@example.org", PASSWORD, "username_invalid");
        for (String dn : List.of("uid=alice", "uid=bob")) {
            ldap.server()
                    .modify(
                            dn + "," + TestLdap.PEOPLE,
                            new Modification(ModificationType.REPLACE, "employeeNumber", "seven"));
        }
        assertThat(enter(accounts, "one@example.org").username()).isEqualTo("seven");
        assertRefused(accounts, "two@example.org", PASSWORD, "username_taken");
    }

    @Test
    void anAddressThatIsSomebodyElsesIsNotTakenAndNoneIsNeeded() throws Exception {
        Accounts accounts = accounts(Map.of());
        accounts.register("local", "shared@example.org", PASSWORD);
        ldap.add("alice", "mail: shared@example.org");
        ldap.add("bob");
        ldap.add("carol", "mail: not an address");
        for (String name : List.of("alice", "bob", "carol")) {
            assertThat(enter(accounts, name).email()).as(name).isEmpty();
        }
    }

    @Test
    void aLocalAccountKeepsItsNameAndItsPassword() throws Exception {
        Accounts accounts = accounts(Map.of());
        User local = accounts.register("alice", "alice@example.org", "another password");
        ldap.add("alice");
        assertRefused(accounts, "alice", PASSWORD, "wrong_password");
        assertThat(ldap.binds()).noneMatch(bind -> bind.dn().startsWith("uid="));
        var correct = new SignIn.Outcome.Correct(local.userId(), SignIn.Method.LOCAL);
        assertThat(accounts.signIn("alice", "another password", SOURCE)).isEqualTo(correct);

        Accounts directoryFirst = accounts(Map.of("duet.sign-in.order", "ldap-first"));
        assertRefused(directoryFirst, "alice", PASSWORD, "wrong_password");
        assertThat(directoryFirst.signIn("alice", "another password", SOURCE)).isEqualTo(correct);
        assertThat(accounts.byId(local.userId()).orElseThrow()).isEqualTo(local);
    }

    @Test
    void asksTheDirectoryFirstWhereThatIsConfigured() throws Exception {
        ldap.add("alice");
        Accounts accounts = accounts(Map.of("duet.sign-in.order", "ldap-first"));
        User alice = enter(accounts, "alice");
        assertRefused(accounts, "alice", "wrong", "wrong_password");
        assertRefused(accounts, "nobody", "wrong", "unknown_user");
        assertThat(alice.username()).isEqualTo("alice");
        ldap.close();
        User local = accounts.register("local", "local@example.org", "another password");
        assertThat(accounts.signIn("local", "another password", SOURCE))
                .isEqualTo(new SignIn.Outcome.Correct(local.userId(), SignIn.Method.LOCAL));
        assertUnavailable(() -> accounts.signIn("alice", PASSWORD, SOURCE));
    }

    @Test
    void withoutLocalAccountsThoseOfTheDirectoryGoOnAlone() throws Exception {
        ldap.add("alice");
        ldap.add("root");
        Accounts both = accounts(Map.of());
        User local = both.register("local", "local@example.org", PASSWORD);
        String token = both.openSession(local.userId()).token().token();
        Accounts alone = accounts(Map.of("duet.accounts.local", "false", "duet.admins", "root"));
        assertThat(roles(alone, "alice")).containsExactly(Role.USER);
        assertThat(roles(alone, "root")).as("no local account").containsExactly(Role.USER);
        assertRefused(alone, "local", PASSWORD, "unknown_user");
        assertThat(alone.authenticate(token)).isEmpty();
        assertThat(both.authenticate(token)).isPresent();
    }

    @Test
    void refusesWhoIsDisabled() throws Exception {
        ldap.add("alice", "userAccountControl: 514");
        ldap.add("bob", "nsAccountLock: true");
        ldap.add("carol", "userAccountControl: 512");
        Accounts accounts = accounts(Map.of("duet.ldap.disabled-filter", "(|(nsAccountLock=true)(locked=*))"));
        assertRefused(accounts, "alice", PASSWORD, "disabled");
        assertRefused(accounts, "bob", PASSWORD, "disabled");
        enter(accounts, "carol");
        assertRefused(accounts, "bob", "wrong", "wrong_password");
    }

    @Test
    void knowsAdministratorsByTheirEntryOrByTheirGroup() throws Exception {
        String group = "cn=admins," + TestLdap.BASE;
        ldap.add("alice", "memberOf: CN=Admins, " + TestLdap.BASE);
        String bob = ldap.add("bob");
        ldap.add("carol");
        ldap.server().add("dn: " + group, "objectClass: groupOfNames", "cn: admins", "member: " + bob);
        Accounts accounts = accounts(Map.of("duet.ldap.admin-group", group));
        assertThat(roles(accounts, "alice")).contains(Role.ADMIN);
        assertThat(roles(accounts, "bob")).contains(Role.ADMIN);
        assertThat(roles(accounts, "carol")).containsExactly(Role.USER);
        ldap.server().modify(group, new Modification(ModificationType.REPLACE, "member", "uid=x"));
        assertThat(roles(accounts, "alice")).contains(Role.ADMIN);
        assertThat(roles(accounts, "bob")).containsExactly(Role.USER);
    }

    private static Set<Role> roles(Accounts accounts, String username) {
        Accounts.Granted granted =
                accounts.openSession(enter(accounts, username).userId());
        return ((TokenVerdict.Valid) accounts.verify(granted.token().token()))
                .caller()
                .roles();
    }

    @Test
    void takesABinaryId() throws Exception {
        ldap.server()
                .add(
                        "dn: uid=alice," + TestLdap.PEOPLE,
                        "objectClass: person",
                        "uid: alice",
                        "objectGUID:: AP/+gCgpKlwDBAUGBwgJCg==",
                        "userPassword: " + PASSWORD);
        Accounts accounts = accounts(Map.of("duet.ldap.id-attribute", "objectGUID"));
        assertThat(enter(accounts, "alice")).isEqualTo(enter(accounts, "alice"));
    }

    @Test
    void withoutTheDirectoryLocalAccountsGoOnAndOthersMayTryAgain() throws Exception {
        ldap.add("alice");
        Accounts accounts = accounts(Map.of());
        User local = accounts.register("local", "local@example.org", PASSWORD);
        enter(accounts, "alice");
        ldap.server().shutDown(true);
        for (int i = 0; i < 12; i++) {
            assertUnavailable(() -> accounts.signIn("alice", PASSWORD, SOURCE));
        }
        assertThat(accounts.signIn("local", PASSWORD, SOURCE))
                .isEqualTo(new SignIn.Outcome.Correct(local.userId(), SignIn.Method.LOCAL));
        assertThat(accounts.signIn("local", "wrong", SOURCE)).isEqualTo(new SignIn.Outcome.Wrong());
        ldap.server().startListening();
        enter(accounts, "alice");
    }

    @Test
    void aWrongServicePasswordIsNobodysFault() throws Exception {
        ldap.add("alice");
        Accounts accounts = accounts(Map.of("duet.ldap.bind-password", "wrong"));
        assertUnavailable(() -> accounts.signIn("alice", PASSWORD, SOURCE));
        Accounts elsewhere = accounts(Map.of("duet.ldap.base-dn", "ou=nowhere," + TestLdap.BASE));
        assertUnavailable(() -> elsewhere.signIn("alice", PASSWORD, SOURCE));
    }

    private static void assertUnavailable(org.assertj.core.api.ThrowableAssert.ThrowingCallable signIn) {
        assertThatThrownBy(signIn).isInstanceOfSatisfying(ApiException.class, refusal -> {
            assertThat(refusal.code()).isEqualTo(ErrorCode.UNAVAILABLE);
            assertThat(refusal.retryAfter()).isPresent();
        });
    }

    @Test
    void aSlowDirectoryTakesNoMoreThreadsThanItMay() throws Exception {
        for (int i = 0; i < 10; i++) {
            ldap.add("user" + i);
        }
        Accounts accounts = accounts(Map.of("duet.ldap.concurrent", "1", "duet.ldap.response-timeout", "PT30S"));
        var gate = new CountDownLatch(1);
        ldap.hold(gate);
        var pool = Executors.newFixedThreadPool(10);
        try {
            List<Future<Optional<ErrorCode>>> results = IntStream.range(0, 10)
                    .mapToObj(i -> pool.submit((Callable<Optional<ErrorCode>>) () -> {
                        try {
                            enter(accounts, "user" + i);
                            return Optional.empty();
                        } catch (ApiException e) {
                            return Optional.of(e.code());
                        }
                    }))
                    .toList();
            await().until(() -> results.stream().filter(Future::isDone).count() == 9);
            assertThat(ldap.binds()).hasSize(1);
            gate.countDown();
            assertThat(results)
                    .extracting(Future::get)
                    .filteredOn(Optional::isEmpty)
                    .hasSize(1);
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void countsFailuresOfTheDirectoryToo() throws Exception {
        ldap.add("alice");
        Accounts accounts = accounts(Map.of());
        for (int i = 0; i < 10; i++) {
            assertThat(accounts.signIn("alice", "wrong", SOURCE)).isEqualTo(new SignIn.Outcome.Wrong());
        }
        assertThat(accounts(Map.of()).signIn("alice", PASSWORD, SOURCE))
                .isInstanceOf(SignIn.Outcome.TooManyFailures.class);
        assertThat(ldap.binds()).hasSize(10);
        for (int i = 0; i < 5; i++) {
            accounts.signIn("alice", PASSWORD, SOURCE);
        }
        assertThat(audited.events("sign_in"))
                .filteredOn(event -> event.get("reason").asString().equals("throttled"))
                .as("one line per node, whoever keeps trying")
                .hasSize(2);
    }
}
