package io.duet.account;

import com.unboundid.ldap.sdk.BindRequest;
import com.unboundid.ldap.sdk.FailoverServerSet;
import com.unboundid.ldap.sdk.LDAPConnectionOptions;
import com.unboundid.ldap.sdk.LDAPConnectionPool;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.ServerSet;
import com.unboundid.ldap.sdk.SimpleBindRequest;
import com.unboundid.ldap.sdk.SingleServerSet;
import com.unboundid.ldap.sdk.StartTLSPostConnectProcessor;
import com.unboundid.util.ssl.HostNameSSLSocketVerifier;
import io.duet.config.DuetConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * Connections to the directory, of two kinds: one for searches, signed in as Duet itself, and one on which people's
 * passwords are tried, so that no search ever runs with the rights of whoever came last. Made when they are needed; each
 * new one goes to the first server that answers. Certificates and host names are always checked.
 */
final class LdapConnections implements AutoCloseable {

    private static final Duration MAX_AGE = Duration.ofMinutes(15);
    /** Beyond those for sign-ins: the one for the search for people who are gone. */
    private static final int SPARE = 1;

    private final LDAPConnectionPool searches;
    private final LDAPConnectionPool passwords;

    /** Opens no connection yet. */
    LdapConnections(DuetConfig.Ldap config) {
        try {
            SSLContext tls = tls(config);
            BindRequest self = config.bind()
                    .map(bind -> new SimpleBindRequest(bind.dn(), bind.password()))
                    .orElse(null);
            searches = pool(config, tls, self, "duet-ldap-searches");
            passwords = pool(config, tls, null, "duet-ldap-passwords");
        } catch (GeneralSecurityException | IOException | LDAPException e) {
            throw new IllegalStateException("duet.ldap.* cannot be used: " + e.getMessage(), e);
        }
    }

    LDAPConnectionPool searches() {
        return searches;
    }

    LDAPConnectionPool passwords() {
        return passwords;
    }

    private static LDAPConnectionPool pool(DuetConfig.Ldap config, SSLContext tls, BindRequest self, String name)
            throws LDAPException {
        var servers = new FailoverServerSet(config.urls().stream()
                .map(url -> server(url, config, tls, self))
                .toList());
        servers.setReOrderOnFailover(true);
        servers.setMaxFailoverConnectionAgeMillis(MAX_AGE.toMillis());
        var pool = new LDAPConnectionPool(servers, self, 0, config.concurrent() + SPARE);
        pool.setConnectionPoolName(name);
        pool.setCreateIfNecessary(false);
        pool.setMaxWaitTimeMillis(config.responseTimeout().toMillis());
        pool.setMaxConnectionAgeMillis(MAX_AGE.toMillis());
        pool.setRetryFailedOperationsDueToInvalidConnections(true);
        return pool;
    }

    private static ServerSet server(URI url, DuetConfig.Ldap config, SSLContext tls, BindRequest self) {
        boolean ldaps = url.getScheme().equals("ldaps");
        boolean startTls = !ldaps && config.startTls();
        return new SingleServerSet(
                host(url),
                url.getPort(),
                ldaps ? tls.getSocketFactory() : null,
                options(config),
                self,
                startTls ? new StartTLSPostConnectProcessor(tls) : null);
    }

    private static String host(URI url) {
        String host = url.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** Synchronous: without a thread for each connection. A host is who a subject alternative name says (RFC 9525), with wildcards. */
    private static LDAPConnectionOptions options(DuetConfig.Ldap config) {
        var options = new LDAPConnectionOptions();
        options.setUseSynchronousMode(true);
        options.setConnectTimeoutMillis(Math.toIntExact(config.connectTimeout().toMillis()));
        options.setResponseTimeoutMillis(config.responseTimeout().toMillis());
        options.setFollowReferrals(false);
        options.setBindWithDNRequiresPassword(true);
        options.setSSLSocketVerifier(new HostNameSSLSocketVerifier(true, false));
        return options;
    }

    private static SSLContext tls(DuetConfig.Ldap config) throws GeneralSecurityException, IOException {
        TrustManager[] trusted = null;
        if (config.caFile().isPresent()) {
            var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(certificates(config.caFile().get()));
            trusted = factory.getTrustManagers();
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trusted, null);
        return context;
    }

    private static KeyStore certificates(Path pem) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (var in = Files.newInputStream(pem)) {
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("ca-" + store.size(), certificate);
            }
        }
        if (store.size() == 0) {
            throw new IOException(pem + " holds no certificate");
        }
        return store;
    }

    @Override
    public void close() {
        searches.close();
        passwords.close();
    }
}
