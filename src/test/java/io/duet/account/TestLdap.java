package io.duet.account;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import com.unboundid.ldap.listener.interceptor.InMemoryInterceptedSimpleBindRequest;
import com.unboundid.ldap.listener.interceptor.InMemoryOperationInterceptor;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.ResultCode;
import io.duet.platform.FreePorts;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A directory in this JVM, on the loopback interface: {@code ou=people} with whom the test puts there. */
final class TestLdap implements AutoCloseable {

    static final String BASE = "dc=example,dc=org";
    static final String PEOPLE = "ou=people," + BASE;
    static final String SELF = "cn=duet," + BASE;
    static final String SELF_PASSWORD = "the service's own";
    static final String PASSWORD = "correct horse battery";

    private final InMemoryDirectoryServer server;
    private final List<Bind> binds = new CopyOnWriteArrayList<>();
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile boolean showsNobody;

    /** A password that somebody tried. */
    record Bind(String dn, String password) {}

    TestLdap() throws Exception {
        this(InMemoryListenerConfig.createLDAPConfig("ldap", InetAddress.getLoopbackAddress(), FreePorts.one(), null));
    }

    TestLdap(InMemoryListenerConfig listener) throws Exception {
        var config = new InMemoryDirectoryServerConfig(BASE);
        config.setSchema(null);
        config.addAdditionalBindCredentials(SELF, SELF_PASSWORD);
        config.setListenerConfigs(listener);
        config.addInMemoryOperationInterceptor(new Interceptor());
        server = new InMemoryDirectoryServer(config);
        server.add("dn: " + BASE, "objectClass: domain", "dc: example");
        server.add("dn: " + PEOPLE, "objectClass: organizationalUnit", "ou: people");
        server.startListening();
    }

    private final class Interceptor extends InMemoryOperationInterceptor {
        @Override
        public void processSimpleBindRequest(InMemoryInterceptedSimpleBindRequest request) throws LDAPException {
            String dn = request.getRequest().getBindDN();
            if (dn.equals(SELF)) {
                return;
            }
            binds.add(new Bind(dn, request.getRequest().getPassword().stringValue()));
            try {
                if (!gate.await(30, TimeUnit.SECONDS)) {
                    throw new LDAPException(ResultCode.BUSY, "the test has forgotten the gate");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void processSearchEntry(com.unboundid.ldap.listener.interceptor.InMemoryInterceptedSearchEntry entry) {
            if (showsNobody) {
                entry.setSearchEntry(null);
            }
        }
    }

    InMemoryDirectoryServer server() {
        return server;
    }

    /** Adds somebody with the usual password; more attributes as in {@code mail: x@example.org}. */
    String add(String username, String... attributes) throws Exception {
        String dn = "uid=" + username + "," + PEOPLE;
        String[] usual = {
            "dn: " + dn,
            "objectClass: person",
            "objectClass: inetOrgPerson",
            "uid: " + username,
            "cn: " + username,
            "sn: " + username,
            "userPassword: " + PASSWORD
        };
        String[] all = Arrays.copyOf(usual, usual.length + attributes.length);
        System.arraycopy(attributes, 0, all, usual.length, attributes.length);
        server.add(all);
        return dn;
    }

    /** All passwords that were tried, but the service's own. */
    List<Bind> binds() {
        return List.copyOf(binds);
    }

    /** Until the latch is down no password is judged. */
    void hold(CountDownLatch latch) {
        gate = latch;
    }

    /** As after a mistake in its access rules. */
    void showNobody(boolean hidden) {
        showsNobody = hidden;
    }

    String url() {
        return "ldap://127.0.0.1:" + server.getListenPort();
    }

    /** What an operator would set, without encryption. */
    Map<String, String> settings() {
        return new HashMap<>(Map.of(
                "duet.ldap.url",
                url(),
                "duet.ldap.start-tls",
                "false",
                "duet.ldap.bind-dn",
                SELF,
                "duet.ldap.bind-password",
                SELF_PASSWORD,
                "duet.ldap.base-dn",
                BASE,
                "duet.ldap.connect-timeout",
                "PT10S",
                "duet.ldap.response-timeout",
                "PT10S"));
    }

    @Override
    public void close() {
        server.shutDown(true);
    }
}
