package io.duet.account;

import static org.assertj.core.api.Assertions.assertThat;

import com.unboundid.ldap.sdk.Modification;
import com.unboundid.ldap.sdk.ModificationType;
import io.duet.audit.Audit;
import io.duet.audit.RecordedAudit;
import io.duet.config.DuetConfig;
import io.duet.config.TestConfig;
import io.duet.platform.RecordingEvent;
import io.duet.platform.SteppingClock;
import io.duet.platform.TestDatabase;
import io.duet.rest.Role;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LdapWatchDbTest {

    private static final TestDatabase DB = TestDatabase.migrated();
    private static final Duration INTERVAL = Duration.ofMinutes(5);
    private static final String GROUP = "cn=admins," + TestLdap.BASE;

    private final SteppingClock clock = new SteppingClock(Instant.parse("2026-03-01T12:00:00Z"));
    private final RecordingEvent<SessionRevoked> revocations = new RecordingEvent<>();
    private final RecordedAudit audited = new RecordedAudit();
    private final TestLdap ldap;
    private final Node one;
    private final Node two;

    private record Node(Ldap ldap, Accounts accounts, LdapWatch watch) {}

    LdapWatchDbTest() throws Exception {
        ldap = new TestLdap();
        one = node();
        two = node();
    }

    private Node node() {
        Map<String, String> settings = ldap.settings();
        settings.put("duet.ldap.disabled-filter", "(locked=true)");
        settings.put("duet.ldap.admin-group", GROUP);
        settings.put("duet.ldap.check-interval", INTERVAL.toString());
        DuetConfig config = TestConfig.of(settings);
        var audit = new Audit(clock, config);
        var directory = new Ldap(DB.database(), config, clock, audit);
        var passwords = new Passwords(
                new SimpleMeterRegistry(), Argon2.id(64, 1), new Passwords.Bounds(2, 64, Duration.ofSeconds(30)));
        var accounts = new Accounts(
                DB.database(), config, clock, passwords, revocations, TestIssuer.none(DB), audit, directory);
        return new Node(directory, accounts, directory.watch(accounts));
    }

    @BeforeEach
    void forgetEverybody() {
        DB.execute("TRUNCATE users, sign_in_failures CASCADE;"
                + "UPDATE ldap_check SET begun_at = '-infinity', held_until = '-infinity', run_id = NULL");
    }

    @AfterEach
    void close() {
        one.ldap().close();
        two.ldap().close();
        ldap.close();
        audited.close();
    }

    @AfterAll
    static void drop() {
        DB.close();
    }

    private UUID enter(String username) {
        var outcome = (SignIn.Outcome.Correct) one.accounts().signIn(username, TestLdap.PASSWORD, "10.0.0.1");
        one.accounts().openSession(outcome.userId());
        return outcome.userId();
    }

    private List<UUID> signedOut() {
        return revocations.fired().stream().map(SessionRevoked::userId).toList();
    }

    @Test
    void signsOutWhoIsRemovedOrDisabledAndNobodyElse() throws Exception {
        String alicesEntry = ldap.add("alice");
        String bobsEntry = ldap.add("bob");
        ldap.add("carol");
        String davesEntry = ldap.add("dave");
        UUID alice = enter("alice");
        enter("alice");
        UUID bob = enter("bob");
        enter("carol");
        UUID dave = enter("dave");
        UUID local = one.accounts()
                .register("local", "local@example.org", TestLdap.PASSWORD)
                .userId();
        one.accounts().openSession(local);

        one.watch().run();
        assertThat(signedOut()).isEmpty();

        ldap.server().delete(alicesEntry);
        ldap.server().modify(bobsEntry, new Modification(ModificationType.ADD, "locked", "true"));
        ldap.server().modify(davesEntry, new Modification(ModificationType.ADD, "userAccountControl", "66050"));
        one.watch().run();
        assertThat(signedOut()).as("it is not time yet").isEmpty();
        clock.advance(INTERVAL);
        one.watch().run();
        assertThat(signedOut()).containsExactlyInAnyOrder(alice, alice, bob, dave);
        assertThat(audited.events("user_signed_out")).hasSize(3);

        clock.advance(INTERVAL);
        one.watch().run();
        assertThat(signedOut()).hasSize(4);
    }

    @Test
    void anUnreachableDirectorySignsNobodyOutAndIsAskedAgainSoon() throws Exception {
        String entry = ldap.add("alice");
        enter("alice");
        ldap.server().shutDown(true);
        one.watch().run();
        ldap.server().startListening();
        ldap.showNobody(true);
        one.watch().run();
        assertThat(signedOut()).isEmpty();

        ldap.showNobody(false);
        one.watch().run();
        assertThat(signedOut()).isEmpty();
        ldap.add("bob");
        ldap.server().delete(entry);
        clock.advance(INTERVAL);
        one.watch().run();
        assertThat(signedOut()).hasSize(1);
    }

    @Test
    void oneNodeAtATimeLooksAndAnotherTakesOverWhenItDies() throws Exception {
        String entry = ldap.add("alice");
        ldap.add("bob");
        enter("alice");
        var check = new LdapCheck(DB.database(), clock);
        UUID dying = UUID.randomUUID();
        assertThat(check.begin(dying, Duration.ZERO)).isTrue();
        ldap.server().delete(entry);
        two.watch().run();
        assertThat(signedOut()).isEmpty();

        clock.advance(INTERVAL);
        assertThat(check.begin(UUID.randomUUID(), INTERVAL.multipliedBy(2)))
                .as("not due")
                .isFalse();
        two.watch().run();
        assertThat(signedOut()).hasSize(1);
        assertThat(check.goOn(dying)).as("the first one wakes up").isFalse();
        one.watch().run();
        assertThat(signedOut()).hasSize(1);
    }

    @Test
    void looksAtManyPageByPage() throws Exception {
        List<String> entries = new ArrayList<>();
        for (int i = 0; i < 230; i++) {
            entries.add(ldap.add("user" + i));
            enter("user" + i);
        }
        for (int i = 0; i < 230; i += 10) {
            ldap.server().delete(entries.get(i));
        }
        one.watch().run();
        assertThat(signedOut()).hasSize(23);
    }

    @Test
    void whoLeavesTheAdministratorsIsNoneAnyMore() throws Exception {
        String entry = ldap.add("alice");
        ldap.server().add("dn: " + GROUP, "objectClass: groupOfNames", "cn: admins", "member: " + entry);
        var outcome = (SignIn.Outcome.Correct) one.accounts().signIn("alice", TestLdap.PASSWORD, "10.0.0.1");
        String alice = one.accounts().openSession(outcome.userId()).token().token();
        one.watch().run();
        assertThat(isAdmin(alice)).isTrue();
        ldap.server().modify(GROUP, new Modification(ModificationType.REPLACE, "member", "uid=x"));
        clock.advance(INTERVAL);
        one.watch().run();
        assertThat(isAdmin(alice)).isFalse();
        ldap.server().modify(entry, new Modification(ModificationType.ADD, "memberOf", GROUP));
        clock.advance(INTERVAL);
        one.watch().run();
        assertThat(isAdmin(alice)).isTrue();
        assertThat(signedOut()).isEmpty();
    }

    private boolean isAdmin(String token) {
        return ((TokenVerdict.Valid) two.accounts().verify(token))
                .caller()
                .roles()
                .contains(Role.ADMIN);
    }
}
