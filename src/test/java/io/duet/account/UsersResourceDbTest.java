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
import io.duet.rest.ClientAddress;
import io.duet.rest.Page;
import io.duet.rest.Role;
import io.duet.rest.TestRequest;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jboss.resteasy.specimpl.ResteasyUriInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsersResourceDbTest {

    private static final TestDatabase DB = TestDatabase.migrated();
    private static final DuetConfig CONFIG = DuetConfig.defaults();
    private static final SteppingClock CLOCK = new SteppingClock(Instant.parse("2026-03-01T12:00:00Z"));
    private static final Audit AUDIT = new Audit(CLOCK, CONFIG);

    private final Accounts accounts = accounts(CONFIG);
    private final UsersResource users = resource(accounts, CONFIG);

    @AfterAll
    static void close() {
        DB.close();
    }

    @BeforeEach
    void forgetEverybody() {
        DB.execute("TRUNCATE users CASCADE");
    }

    private static UsersResource resource(Accounts accounts, DuetConfig config) {
        return new UsersResource(accounts, config, new ClientAddress(config), AUDIT);
    }

    private Response register(String username) {
        return users.register(newUser(username), TestRequest.from("10.0.0.1"));
    }

    private static UsersResource.NewUser newUser(String username) {
        return new UsersResource.NewUser(username, username + "@example.org", "correct horse battery");
    }

    private Page<Directory.Entry> search(String query) {
        return users.search(new ResteasyUriInfo("http://duet.example/api/users" + query, "/api"));
    }

    @Test
    void makesAUserWhileRegistrationIsOpen() {
        try (var response = register("alice")) {
            assertThat(response.getStatus()).isEqualTo(201);
            assertThat(response.getEntity())
                    .isInstanceOfSatisfying(
                            User.class, user -> assertThat(user.username()).isEqualTo("alice"));
        }
    }

    @Test
    void makesNobodyWhileItIsClosed() {
        DuetConfig closed = config(DuetConfig.Registration.CLOSED, CONFIG.accounts());
        assertThatThrownBy(() -> resource(accounts, closed).register(newUser("alice"), TestRequest.from("10.0.0.1")))
                .isInstanceOfSatisfying(ApiException.class, e -> {
                    assertThat(e.status()).isEqualTo(403);
                    assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHORIZED);
                });
        assertThat(search("").items()).isEmpty();
    }

    private static DuetConfig config(DuetConfig.Registration registration, DuetConfig.LocalAccounts accounts) {
        return new DuetConfig(
                registration,
                CONFIG.allowedOrigins(),
                CONFIG.tokens(),
                CONFIG.signIn(),
                CONFIG.proxy(),
                accounts,
                CONFIG.oidc(),
                CONFIG.ldap(),
                CONFIG.limits(),
                CONFIG.heartbeat(),
                CONFIG.admission(),
                CONFIG.outbound(),
                CONFIG.messageLog(),
                CONFIG.presence(),
                CONFIG.reconcile(),
                CONFIG.retention(),
                CONFIG.cluster(),
                CONFIG.tracing(),
                CONFIG.push());
    }

    private static Accounts accounts(DuetConfig config) {
        return new Accounts(
                DB.database(),
                config,
                CLOCK,
                new Passwords(
                        new SimpleMeterRegistry(),
                        Argon2.id(64, 1),
                        new Passwords.Bounds(2, 64, Duration.ofSeconds(30))),
                new RecordingEvent<>(),
                TestIssuer.none(DB),
                AUDIT,
                new Ldap(DB.database(), config, CLOCK, AUDIT));
    }

    @Test
    void administratorsAreThoseWhoAreNamedSo() {
        DuetConfig config =
                config(DuetConfig.Registration.OPEN, new DuetConfig.LocalAccounts(true, Set.of("root", "nobody")));
        Accounts named = accounts(config);
        for (String username : List.of("root", "alice")) {
            User user = named.register(username, username + "@example.org", "correct horse battery");
            String token = named.openSession(user.userId()).token().token();
            Caller caller = named.authenticate(token).orElseThrow();
            List<Role> expected = username.equals("root") ? List.of(Role.USER, Role.ADMIN) : List.of(Role.USER);
            assertThat(UsersResource.Me.of(user, caller).roles()).isEqualTo(expected);
            assertThat(accounts.authenticate(token).orElseThrow().roles()).containsExactly(Role.USER);
        }
    }

    @Test
    void withoutLocalAccountsNobodyComesInByThem() {
        User alice = accounts.register("alice", "alice@example.org", "correct horse battery");
        String token = accounts.openSession(alice.userId()).token().token();
        DuetConfig without = config(DuetConfig.Registration.OPEN, new DuetConfig.LocalAccounts(false, Set.of()));
        Accounts elsewhere = accounts(without);
        assertThat(elsewhere.authenticate(token)).isEmpty();
        assertThatThrownBy(() -> resource(elsewhere, without).register(newUser("bob"), TestRequest.from("10.0.0.1")))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.status()).isEqualTo(403));
        assertThatThrownBy(() -> new SessionsResource(
                                elsewhere, without, new SimpleMeterRegistry(), new ClientAddress(without), AUDIT)
                        .signIn(new SessionsResource.Credentials("alice", "correct horse battery"), null))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.status()).isEqualTo(403));
        assertThat(accounts.authenticate(token)).isPresent();
    }

    @Test
    void pagesThroughTheDirectoryInAnyCase() {
        IntStream.range(0, 45)
                .mapToObj(i -> String.format("al%02d", i))
                .forEach(name -> register(name).close());
        register("bob").close();

        List<String> seen = new ArrayList<>();
        String cursor = "";
        do {
            Page<Directory.Entry> page = search("?query=AL" + cursor);
            assertThat(page.items()).hasSizeLessThanOrEqualTo(20);
            page.items().forEach(entry -> seen.add(entry.username()));
            cursor = page.nextCursor() == null ? "" : "&cursor=" + page.nextCursor();
        } while (!cursor.isEmpty());
        assertThat(seen)
                .isEqualTo(IntStream.range(0, 45)
                        .mapToObj(i -> String.format("al%02d", i))
                        .toList());
        assertThat(search("?query=al&limit=2147483647").items()).hasSize(45);
        assertThat(search("?query=al&limit=45").nextCursor()).isNull();
        assertThat(search("").items()).hasSize(20);
        assertThat(search("?query=%25").items()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"?cursor=x", "?cursor=", "?query=", "?query=%00", "?limit=0", "?limit=abc", "?query=a&query=b"})
    void refusesWrongParameters(String query) {
        assertThatThrownBy(() -> search(query))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST));
    }
}
