package io.duet.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.unboundid.ldap.listener.InMemoryListenerConfig;
import io.duet.config.TestConfig;
import io.duet.platform.TestCertificate;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How Duet comes to the directory: encrypted, to the right one, and to the next one when the first is silent. */
class LdapDirectoryTest {

    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    @TempDir
    static Path directory;

    private static TestCertificate right;
    private static TestCertificate forAnotherHost;

    @BeforeAll
    static void makeCertificates() throws Exception {
        right = new TestCertificate(directory, "right", "ip:127.0.0.1");
        forAnotherHost = new TestCertificate(directory, "other", "dns:ldap.example.org");
    }

    private static TestLdap startTls(TestCertificate certificate) throws Exception {
        return new TestLdap(InMemoryListenerConfig.createLDAPConfig(
                "ldap", LOOPBACK, 0, certificate.server().getSocketFactory()));
    }

    private static TestLdap ldaps(TestCertificate certificate) throws Exception {
        return new TestLdap(InMemoryListenerConfig.createLDAPSConfig(
                "ldaps",
                LOOPBACK,
                0,
                certificate.server().getServerSocketFactory(),
                certificate.server().getSocketFactory()));
    }

    private static LdapDirectory client(TestLdap server, Map<String, String> more) {
        Map<String, String> settings = server.settings();
        settings.put("duet.ldap.response-timeout", "PT5S");
        settings.putAll(more);
        return new LdapDirectory(TestConfig.of(settings).ldap().orElseThrow());
    }

    private static void assertWorks(LdapDirectory client) throws Exception {
        LdapPerson alice = client.find("alice").orElseThrow();
        assertThat(client.accepts(alice.dn(), TestLdap.PASSWORD)).isTrue();
        assertThat(client.accepts(alice.dn(), "wrong")).isFalse();
        assertThat(client.find("nobody")).isEmpty();
        client.refuse();
    }

    @Test
    void encryptsByStartTlsUnlessToldNotTo() throws Exception {
        try (TestLdap server = startTls(right)) {
            server.add("alice");
            try (LdapDirectory client = client(
                    server,
                    Map.of(
                            "duet.ldap.start-tls",
                            "true",
                            "duet.ldap.ca-file",
                            right.pem().toString()))) {
                assertWorks(client);
            }
        }
        try (TestLdap plain = new TestLdap()) {
            plain.add("alice");
            try (LdapDirectory client = client(plain, Map.of("duet.ldap.start-tls", "true"))) {
                assertThatThrownBy(() -> client.find("alice")).isInstanceOf(LdapUnavailable.class);
            }
            try (LdapDirectory client = client(plain, Map.of())) {
                assertWorks(client);
            }
        }
    }

    @Test
    void speaksLdaps() throws Exception {
        try (TestLdap server = ldaps(right)) {
            server.add("alice");
            String url = server.url().replace("ldap:", "ldaps:");
            try (LdapDirectory client = client(
                    server,
                    Map.of(
                            "duet.ldap.url",
                            url,
                            "duet.ldap.ca-file",
                            right.pem().toString()))) {
                assertWorks(client);
            }
        }
    }

    @Test
    void saysNothingToAServerThatItDoesNotTrustOrThatIsAnother() throws Exception {
        for (TestCertificate trusted : new TestCertificate[] {right, forAnotherHost}) {
            try (TestLdap byStartTls = startTls(forAnotherHost);
                    TestLdap byLdaps = ldaps(forAnotherHost)) {
                Map<String, String> startTls = Map.of(
                        "duet.ldap.url", byStartTls.url().replace("127.0.0.1", "localhost"),
                        "duet.ldap.start-tls", "true",
                        "duet.ldap.ca-file", trusted.pem().toString());
                Map<String, String> ldaps = Map.of(
                        "duet.ldap.url", byLdaps.url().replace("ldap://127.0.0.1", "ldaps://localhost"),
                        "duet.ldap.ca-file", trusted.pem().toString());
                try (LdapDirectory one = client(byStartTls, startTls);
                        LdapDirectory other = client(byLdaps, ldaps)) {
                    for (LdapDirectory client : new LdapDirectory[] {one, other}) {
                        assertThatThrownBy(() -> client.find("alice")).isInstanceOf(LdapUnavailable.class);
                        assertThatThrownBy(() -> client.accepts("uid=alice," + TestLdap.PEOPLE, TestLdap.PASSWORD))
                                .isInstanceOf(LdapUnavailable.class);
                    }
                }
                assertThat(byStartTls.binds()).isEmpty();
                assertThat(byLdaps.binds()).isEmpty();
            }
        }
    }

    @Test
    void goesToTheNextServerWhenOneIsDownOrSilent() throws Exception {
        try (TestLdap first = new TestLdap();
                TestLdap second = new TestLdap();
                var silent = new ServerSocket(0, 1, LOOPBACK)) {
            first.add("alice");
            second.add("alice");
            String urls = "ldap://127.0.0.1:" + silent.getLocalPort() + ", " + first.url() + "," + second.url();
            try (LdapDirectory client = client(
                    first,
                    Map.of(
                            "duet.ldap.url",
                            urls,
                            "duet.ldap.connect-timeout",
                            "PT1S",
                            "duet.ldap.response-timeout",
                            "PT1S"))) {
                assertWorks(client);
                first.server().shutDown(true);
                assertWorks(client);
                second.server().shutDown(true);
                assertThatThrownBy(() -> client.find("alice")).isInstanceOf(LdapUnavailable.class);
                second.server().startListening();
                assertWorks(client);
            }
        }
    }

    @Test
    void doesNotWaitForEver() throws Exception {
        try (TestLdap server = new TestLdap()) {
            String alice = server.add("alice");
            var never = new CountDownLatch(1);
            server.hold(never);
            try (LdapDirectory client = client(server, Map.of("duet.ldap.response-timeout", "PT0.2S"))) {
                assertThatThrownBy(() -> client.accepts(alice, TestLdap.PASSWORD))
                        .isInstanceOf(LdapUnavailable.class)
                        .hasMessageNotContaining(TestLdap.PASSWORD);
            } finally {
                never.countDown();
            }
        }
    }

    @Test
    void neverSendsAnEmptyPassword() throws Exception {
        try (TestLdap server = new TestLdap();
                LdapDirectory client = client(server, Map.of())) {
            String alice = server.add("alice");
            assertThatThrownBy(() -> client.accepts(alice, "")).isInstanceOf(IllegalArgumentException.class);
            assertThat(server.binds()).isEmpty();
        }
    }

    @Test
    void searchesAsNobodyWhereNoAccountIsConfigured() throws Exception {
        try (TestLdap server = new TestLdap();
                LdapDirectory client = client(server, Map.of("duet.ldap.bind-dn", "", "duet.ldap.bind-password", ""))) {
            server.add("alice");
            assertWorks(client);
        }
    }
}
