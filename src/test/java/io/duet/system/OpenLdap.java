package io.duet.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.Modification;
import com.unboundid.ldap.sdk.ModificationType;
import com.unboundid.ldap.sdk.ResultCode;
import com.unboundid.ldap.sdk.extensions.StartTLSExtendedRequest;
import com.unboundid.ldif.LDIFException;
import io.duet.platform.TestCertificate;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;

/**
 * A real OpenLDAP server ({@code slapd}) in a process of its own, on the loopback interface, with its own configuration and
 * data; nothing that the system may run by itself is touched. It can do StartTLS, and knows locked accounts (ppolicy).
 */
final class OpenLdap implements AutoCloseable {

    static final String BASE = "dc=example,dc=org";
    static final String PEOPLE = "ou=people," + BASE;

    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String ROOT = "cn=root," + BASE;
    private static final String ROOT_PASSWORD = "only for this test";
    private static final String SELF = "cn=duet," + BASE;
    private static final String SELF_PASSWORD = "the password of the service";

    private final Path directory;
    private final int port;
    private final TestCertificate certificate;
    private final SSLContext trusted;
    private Process process;

    OpenLdap(Path directory) throws Exception {
        this.directory = directory;
        certificate = new TestCertificate(directory, "openldap", "dns:localhost");
        trusted = certificate.client();
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        Files.createDirectory(directory.resolve("data"));
        Files.writeString(directory.resolve("slapd.conf"), configuration());
        start();
        try (LDAPConnection root = connect()) {
            root.add("dn: " + BASE, "objectClass: dcObject", "objectClass: organization", "dc: example", "o: example");
            root.add("dn: " + PEOPLE, "objectClass: organizationalUnit", "ou: people");
            root.add(
                    "dn: " + SELF,
                    "objectClass: organizationalRole",
                    "objectClass: simpleSecurityObject",
                    "cn: duet",
                    "userPassword: " + SELF_PASSWORD);
        }
    }

    private String configuration() throws Exception {
        return """
                include /etc/ldap/schema/core.schema
                include /etc/ldap/schema/cosine.schema
                include /etc/ldap/schema/inetorgperson.schema
                modulepath /usr/lib/ldap
                moduleload back_mdb
                moduleload ppolicy
                pidfile %1$s/slapd.pid
                TLSCertificateFile %2$s
                TLSCertificateKeyFile %3$s
                security simple_bind=128
                database mdb
                suffix "%4$s"
                rootdn "%5$s"
                rootpw "%6$s"
                directory %1$s/data
                overlay ppolicy
                access to attrs=userPassword by anonymous auth by * none
                access to * by dn.exact="%7$s" read by * none
                """.formatted(directory, certificate.pem(), certificate.key(), BASE, ROOT, ROOT_PASSWORD, SELF);
    }

    void start() throws IOException {
        process = new ProcessBuilder(
                        "/usr/sbin/slapd",
                        "-h",
                        "ldap://127.0.0.1:" + port,
                        "-f",
                        directory.resolve("slapd.conf").toString(),
                        "-d",
                        "0")
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(directory.resolve("slapd.log").toFile()))
                .start();
        Awaitility.await().atMost(DEADLINE).until(() -> {
            if (!process.isAlive()) {
                throw new IllegalStateException(
                        "slapd has ended: " + Files.readString(directory.resolve("slapd.log"), UTF_8));
            }
            try (LDAPConnection connection = connect()) {
                return connection.isConnected();
            } catch (LDAPException e) {
                return false;
            }
        });
    }

    /** As its administrator, encrypted as the server demands it. */
    private LDAPConnection connect() throws LDAPException {
        var connection = new LDAPConnection("localhost", port);
        try {
            var encrypted = connection.processExtendedOperation(new StartTLSExtendedRequest(trusted));
            if (encrypted.getResultCode() != ResultCode.SUCCESS) {
                throw new LDAPException(encrypted);
            }
            connection.bind(ROOT, ROOT_PASSWORD);
            return connection;
        } catch (LDAPException e) {
            connection.close();
            throw e;
        }
    }

    /** Adds somebody with a mail address. */
    void add(String username, String password) throws LDAPException, LDIFException {
        try (LDAPConnection root = connect()) {
            root.add(
                    "dn: " + dn(username),
                    "objectClass: inetOrgPerson",
                    "uid: " + username,
                    "cn: " + username,
                    "sn: " + username,
                    "mail: " + username + "@example.org",
                    "userPassword: " + password);
        }
    }

    void rename(String username, String to) throws LDAPException {
        try (LDAPConnection root = connect()) {
            root.modifyDN(dn(username), "uid=" + to, true);
        }
    }

    void change(String username, String attribute, String value) throws LDAPException {
        try (LDAPConnection root = connect()) {
            root.modify(dn(username), new Modification(ModificationType.REPLACE, attribute, value));
        }
    }

    /** For ever, as an administrator does it (draft-behera-ldap-password-policy-10, section 5.3.3). */
    void lock(String username) throws LDAPException {
        change(username, "pwdAccountLockedTime", "000001010000Z");
    }

    void remove(String username) throws LDAPException {
        try (LDAPConnection root = connect()) {
            root.delete(dn(username));
        }
    }

    private static String dn(String username) {
        return "uid=" + username + "," + PEOPLE;
    }

    /** What an operator sets for it. */
    Map<String, String> settings() {
        return Map.of(
                "duet.ldap.url",
                "ldap://localhost:" + port,
                "duet.ldap.ca-file",
                certificate.pem().toString(),
                "duet.ldap.bind-dn",
                SELF,
                "duet.ldap.bind-password",
                SELF_PASSWORD,
                "duet.ldap.base-dn",
                BASE,
                "duet.ldap.disabled-filter",
                "(pwdAccountLockedTime=*)");
    }

    void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }

    @Override
    public void close() throws InterruptedException {
        stop();
    }
}
