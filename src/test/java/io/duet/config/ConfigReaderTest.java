package io.duet.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.duet.config.DuetConfig.Registration;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigReaderTest {
    @Test
    void defaultsAreThoseOfTheContract() {
        DuetConfig config = DuetConfig.defaults();
        assertThat(config.registration()).isEqualTo(Registration.OPEN);
        assertThat(config.limits().contentCodePoints()).isEqualTo(10_000);
        assertThat(config.limits().frameBytes()).isEqualTo(131_072);
        assertThat(config.limits().inFlight()).isEqualTo(256);
        assertThat(config.heartbeat().timeout()).isEqualTo(Duration.ofSeconds(60));
        assertThat(config.allowedOrigins()).isEmpty();
        assertThat(config.retention().age()).isEmpty();
        assertThat(config.cluster().nodeName())
                .isNotBlank()
                .isNotEqualTo(DuetConfig.defaults().cluster().nodeName());
    }

    @Test
    void readsWhatIsGiven() {
        DuetConfig config = read(Map.of(
                "duet.registration", "closed",
                "duet.allowed-origins", "https://Chat.example.org, http://localhost:8080",
                "duet.limits.in-flight", " 2 ",
                "duet.limits.sends-per-second", "0.5",
                "duet.rate-limit.enabled", "false",
                "duet.presence.grace", "PT0.25S",
                "duet.retention.age", "P730D",
                "duet.cluster.node-name", "node-7",
                "duet.tokens.secret", ""));
        assertThat(config.registration()).isEqualTo(Registration.CLOSED);
        assertThat(config.allowedOrigins())
                .containsExactlyInAnyOrder("https://chat.example.org", "http://localhost:8080");
        assertThat(config.limits().inFlight()).isEqualTo(2);
        assertThat(config.limits().sendsPerSecond()).isEqualTo(0.5);
        assertThat(config.limits().rateLimitEnabled()).isFalse();
        assertThat(config.presence().grace()).isEqualTo(Duration.ofMillis(250));
        assertThat(config.retention().age()).contains(Duration.ofDays(730));
        assertThat(config.cluster().nodeName()).isEqualTo("node-7");
        assertThat(config.tokens().secret()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            duet.registration            | Open
            duet.allowed-origins         | chat.example.org
            duet.allowed-origins         | https://chat.example.org/path
            duet.allowed-origins         | https://a.example,,https://b.example
            duet.allowed-origins         | *
            duet.limits.in-flight        | 0
            duet.retention.age           | PT23H
            duet.retention.age           | 2 years
            duet.limits.in-flight        | -1
            duet.limits.in-flight        | abc
            duet.limits.in-flight        | 4294967297
            duet.limits.sends-per-second | NaN
            duet.limits.sends-per-second | 0
            duet.rate-limit.enabled      | yes
            duet.heartbeat.interval      | 30
            duet.heartbeat.interval      | PT-30S
            duet.heartbeat.timeout       | PT30S
            duet.message-log.writers     | 1.5
            duet.tokens.session-lifetime | PT1M
            duet.cluster.node-name       | two words
            duet.accounts.local          | false
            duet.admins                  | Anna
            duet.oidc.issuer             | http://login.example.org
            duet.oidc.issuer             | https://login.example.org/?x=y
            duet.oidc.issuer             | login.example.org
            duet.oidc.issuer             | https://a.example,https://a.example
            duet.oidc.algorithms         | none
            duet.oidc.algorithms         | RS256,HS256
            duet.oidc.page-token         | refresh_token
            duet.oidc.leeway             | PT1H
            duet.push.delay              | PT0S
            duet.push.subject            | operator
            duet.push.subject            | http://example.org
            duet.push.allow-hosts        | https://push.example.org
            duet.push.proxy              | proxy.example.org
            duet.push.relay-url          | http://relay.example.org
            duet.proxy.trusted           | 10.0.0.0/33
            duet.proxy.trusted           | 10.0.0.0/8,proxy.example.org
            duet.proxy.header            | x_forwarded_for
            duet.sign-in.order           | directory
            duet.ldap.url                | http://ldap.example.org
            duet.ldap.url                | ldap://ldap.example.org/dc=example
            duet.ldap.url                | ldap.example.org
            duet.ldap.url                | ldap://ldap.example.org:0
            duet.ldap.ca-file            | /does/not/exist.pem
            duet.ldap.base-dn            | example.org
            duet.ldap.bind-dn            | admin
            duet.ldap.admin-group        | admins
            duet.ldap.user-filter        | (uid=*)
            duet.ldap.user-filter        | (uid={username}
            duet.ldap.disabled-filter    | locked
            duet.ldap.id-attribute       | entry UUID
            """)
    void refusesAWrongValueByItsKey(String key, String value) {
        assertThatThrownBy(() -> read(Map.of(key, value)))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining(key + " ")
                .hasMessageContaining(value);
    }

    @Test
    void readsSeveralIssuersWithOneItemForAllOrOneForEach() {
        var oidc = read(Map.of(
                        "duet.oidc.issuer", "https://login.example.org/realms/corp, https://partner.example",
                        "duet.oidc.name", "Corp,",
                        "duet.oidc.client-id", "duet",
                        "duet.oidc.audience", "duet api,",
                        "duet.oidc.roles-claim", "realm_access.roles,",
                        "duet.oidc.page-token", "access_token,id_token",
                        "duet.accounts.local", "false"))
                .oidc();
        assertThat(oidc.issuers()).hasSize(2);
        var corp = oidc.issuers().get(0);
        assertThat(corp.issuer()).isEqualTo("https://login.example.org/realms/corp");
        assertThat(corp.name()).isEqualTo("Corp");
        assertThat(corp.clientId()).contains("duet");
        assertThat(corp.audiences()).containsExactlyInAnyOrder("duet", "api");
        assertThat(corp.rolesClaim()).contains("realm_access.roles");
        var partner = oidc.issuers().get(1);
        assertThat(partner.name()).isEqualTo("partner.example");
        assertThat(partner.clientId()).contains("duet");
        assertThat(partner.audiences()).containsExactly("duet");
        assertThat(partner.rolesClaim()).isEmpty();
        assertThat(partner.pageToken()).isEqualTo(DuetConfig.PageToken.ID_TOKEN);
        assertThat(partner.scope()).isEqualTo("openid profile email");
    }

    @Test
    void refusesIssuersOfWhichItKnowsTooLittle() {
        String two = "https://a.example,https://b.example";
        assertThatThrownBy(() -> read(Map.of("duet.oidc.issuer", two))).hasMessageContaining("duet.oidc.client-id");
        assertThatThrownBy(() -> read(Map.of("duet.oidc.issuer", two, "duet.oidc.client-id", "x,")))
                .hasMessageContaining("https://b.example");
        assertThatThrownBy(() -> read(Map.of("duet.oidc.issuer", two, "duet.oidc.client-id", "x,y,z")))
                .hasMessageContaining("duet.oidc.client-id must have one item, or one for each issuer");
    }

    @Test
    void tellsEveryMistakeAtOnce() {
        assertThatThrownBy(() -> read(Map.of("duet.limits.bad-frames", "x", "duet.registration", "y")))
                .hasMessageContaining("duet.limits.bad-frames")
                .hasMessageContaining("duet.registration");
    }

    @Test
    void neverTellsASecret() {
        assertThatThrownBy(() -> read(Map.of("duet.tokens.secret", "too-short-secret")))
                .hasMessageContaining("duet.tokens.secret")
                .hasMessageNotContaining("too-short-secret");
        String secret = "a-secret-of-at-least-thirty-two-characters";
        assertThat(read(Map.of("duet.tokens.secret", secret, "duet.push.relay-secret", secret))
                        .toString())
                .doesNotContain(secret);
    }

    @Test
    void aDirectoryNeedsABaseAndBothOrNoneOfNameAndPassword() {
        assertThatThrownBy(() -> read(Map.of("duet.ldap.url", "ldap://ldap.example.org")))
                .hasMessageContaining("duet.ldap.base-dn must be set");
        assertThatThrownBy(() -> read(Map.of("duet.ldap.bind-password", "hunter2")))
                .hasMessageContaining("duet.ldap.bind-password")
                .hasMessageNotContaining("hunter2");
        assertThatThrownBy(() -> read(Map.of("duet.ldap.bind-dn", "cn=duet")))
                .hasMessageContaining("duet.ldap.bind-password must be set");
        assertThat(read(Map.of("duet.ldap.base-dn", "dc=example")).ldap()).isEmpty();
        DuetConfig.Ldap ldap = read(Map.of(
                        "duet.ldap.url", "LDAPS://one.example.org, ldap://[::1]:1389,ldap://two.example.org/",
                        "duet.ldap.base-dn", "dc=example",
                        "duet.ldap.bind-dn", "cn=duet",
                        "duet.ldap.bind-password", "hunter2"))
                .ldap()
                .orElseThrow();
        assertThat(ldap.urls())
                .extracting(Object::toString)
                .containsExactly("ldaps://one.example.org:636", "ldap://[::1]:1389", "ldap://two.example.org:389");
        assertThat(ldap.toString()).doesNotContain("hunter2");
    }

    @Test
    void refusesAMisspeltKeyButNotWhatAPlatformPutsIntoTheEnvironment() {
        var reader = new ConfigReader(key -> Optional.empty());
        reader.read();
        reader.refuseUnknown(List.of("duet.limits.in-flight", "duet.port", "java.home"), Set.of("DUET_PORT"));
        assertThatThrownBy(() -> reader.refuseUnknown(List.of("duet.limits.inflight"), Set.of("DUET_PORT")))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("duet.limits.inflight is not a setting of Duet");
    }

    private static DuetConfig read(Map<String, String> given) {
        return new ConfigReader(key -> Optional.ofNullable(given.get(key))).read();
    }
}
