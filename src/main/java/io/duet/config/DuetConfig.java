package io.duet.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Every setting of this node, immutable and checked: whoever holds one may rely on each value lying in its documented
 * range. A setting's key is {@code duet.<group>.<setting>} in kebab case ({@code duet.limits.in-flight}) unless its
 * record says otherwise; it may be given as a system property, as an environment variable ({@code DUET_LIMITS_IN_FLIGHT})
 * or by any other source of MicroProfile Config. Durations are ISO 8601 ({@code PT30S}). Read once, so a change takes
 * effect at the next start. Safe for all threads.
 *
 * @param registration {@code duet.registration}: whether anybody who reaches the server may make an account
 * @param allowedOrigins {@code duet.allowed-origins}: web origins besides the server's own that may call it
 * @param ldap the directory that checks passwords, when {@code duet.ldap.url} names one
 */
public record DuetConfig(
        Registration registration,
        Set<String> allowedOrigins,
        Tokens tokens,
        SignIn signIn,
        Proxy proxy,
        LocalAccounts accounts,
        Oidc oidc,
        Optional<Ldap> ldap,
        Limits limits,
        Heartbeat heartbeat,
        Admission admission,
        Outbound outbound,
        MessageLog messageLog,
        PresenceTimes presence,
        Reconcile reconcile,
        Retention retention,
        Cluster cluster,
        Tracing tracing,
        Push push) {

    public DuetConfig {
        allowedOrigins = Set.copyOf(allowedOrigins);
    }

    /** The values that hold where nothing is configured; the node's name is fresh at each call. */
    public static DuetConfig defaults() {
        return new ConfigReader(key -> Optional.empty()).read();
    }

    /** Who may make an account. */
    public enum Registration {
        OPEN,
        CLOSED
    }

    /**
     * Access tokens and the sessions behind them ({@code duet.tokens.*}).
     *
     * @param lifetime how long one access token is valid
     * @param sessionLifetime how long a session can be renewed, from its sign-in
     * @param secret the key that signs tokens, for a deployment that keeps secrets elsewhere; without it the key is made
     *     once and kept in the database
     */
    public record Tokens(Duration lifetime, Duration sessionLifetime, Optional<String> secret) {
        /** Without the secret, so that no log line can hold it. */
        @Override
        public String toString() {
            return "Tokens[lifetime=" + lifetime + ", sessionLifetime=" + sessionLifetime + ", secret="
                    + (secret.isPresent() ? "set" : "none") + "]";
        }
    }

    /**
     * The brake on guessing passwords ({@code duet.sign-in.*}).
     *
     * @param maxFailures failed sign-ins of one username within {@code window} before further ones are refused
     * @param maxFailuresPerSource the same from one network address
     * @param order whose password counts first, where there are local accounts and a directory
     */
    public record SignIn(int maxFailures, int maxFailuresPerSource, Duration window, SignInOrder order) {}

    /** Who is asked about a password. */
    public enum SignInOrder {
        /** A local account of that name, and the directory only when there is none. */
        LOCAL_FIRST,
        /** The directory, and a local account of that name when the directory does not let the person in. */
        LDAP_FIRST
    }

    /**
     * Proxies in front ({@code duet.proxy.*}).
     *
     * @param trusted what they say about the client's address is believed, and nobody else
     * @param header in which they say it
     */
    public record Proxy(List<NetworkRange> trusted, ProxyHeader header) {
        public Proxy {
            trusted = List.copyOf(trusted);
        }
    }

    /** How a proxy tells for whom it asks. */
    public enum ProxyHeader {
        /** {@code X-Forwarded-For}, a list of addresses. */
        X_FORWARDED_FOR,
        /** {@code Forwarded} (RFC 7239), its {@code for} parameters. */
        FORWARDED
    }

    /**
     * The directory that checks passwords ({@code duet.ldap.*}).
     *
     * @param urls with scheme {@code ldap} or {@code ldaps}, host and port, nothing else; the first that answers is used
     * @param startTls whether a connection of scheme {@code ldap} is encrypted before anything is said
     * @param caFile certificates in PEM that are trusted instead of those of the Java virtual machine
     * @param bind as whom Duet searches; nobody when it is empty
     * @param checkInterval how soon a person whom the directory no longer lets in is signed out
     * @param responseTimeout of each single request
     * @param concurrent most sign-ins that may wait for the directory at once, on this node
     */
    public record Ldap(
            List<URI> urls,
            boolean startTls,
            Optional<Path> caFile,
            Optional<LdapBind> bind,
            LdapEntries entries,
            Duration checkInterval,
            Duration connectTimeout,
            Duration responseTimeout,
            int concurrent) {
        public Ldap {
            urls = List.copyOf(urls);
        }
    }

    /** {@code duet.ldap.bind-dn} and {@code duet.ldap.bind-password}. */
    public record LdapBind(String dn, String password) {
        /** Without the password, so that no log line can hold it. */
        @Override
        public String toString() {
            return "LdapBind[dn=" + dn + "]";
        }
    }

    /**
     * Which entries are people, and what they say ({@code duet.ldap.*}).
     *
     * @param userFilter finds the entry of one person, once {@value #TYPED} is replaced by what she typed
     * @param disabledFilter what matches it may not sign in
     * @param adminGroup whose members are administrators
     * @param idAttribute never changes for a person and is never given to another one
     */
    public record LdapEntries(
            String baseDn,
            String userFilter,
            Optional<String> disabledFilter,
            Optional<String> adminGroup,
            String idAttribute,
            String usernameAttribute,
            String emailAttribute) {
        public static final String TYPED = "{username}";

        static final String USER_FILTER = "(&(objectClass=person)(uid=" + TYPED + "))";
    }

    /**
     * Accounts with a password that is kept here.
     *
     * @param local {@code duet.accounts.local}: whether there are such accounts: registration, sign-in and their sessions
     * @param admins {@code duet.admins}: usernames of those that are administrators
     */
    public record LocalAccounts(boolean local, Set<String> admins) {
        public LocalAccounts {
            admins = Set.copyOf(admins);
        }
    }

    /**
     * OpenID Connect ({@code duet.oidc.*}): whose tokens are taken beside Duet's own.
     *
     * @param issuers in the order in which the page offers them
     * @param algorithms names of the signature algorithms (RFC 7518) that are taken
     * @param leeway how far an issuer's clock may differ from this server's
     * @param keysRefresh how often an issuer's keys are fetched anew
     */
    public record Oidc(List<Issuer> issuers, Set<String> algorithms, Duration leeway, Duration keysRefresh) {
        public Oidc {
            issuers = List.copyOf(issuers);
            algorithms = Set.copyOf(algorithms);
        }
    }

    /** Which of the tokens that a sign-in on the page brings is shown to Duet. */
    public enum PageToken {
        ACCESS_TOKEN,
        ID_TOKEN
    }

    /**
     * One OpenID Connect issuer. Each component but the first is read from a list that has one item for all issuers, or one for each
     * in their order.
     *
     * @param issuer {@code duet.oidc.issuer}: its address, exactly as it stands in {@code iss}
     * @param name {@code duet.oidc.name}: how the page calls it
     * @param clientId {@code duet.oidc.client-id}: the page as a public client there; without it the page does not offer this issuer
     * @param audiences {@code duet.oidc.audience}: one of them must be in {@code aud}; by default the client
     * @param clients {@code duet.oidc.clients}: whose tokens are taken, by {@code azp} or {@code client_id}; empty for everybody's
     * @param scope {@code duet.oidc.scope}: what the page asks for
     * @param pageToken {@code duet.oidc.page-token}
     * @param rolesClaim {@code duet.oidc.roles-claim}: the claim with the roles, or the path to it
     * @param adminRole {@code duet.oidc.admin-role}: the value in it that makes an administrator
     */
    public record Issuer(
            String issuer,
            String name,
            Optional<String> clientId,
            Set<String> audiences,
            Set<String> clients,
            String scope,
            PageToken pageToken,
            Optional<String> rolesClaim,
            String adminRole) {
        public Issuer {
            audiences = Set.copyOf(audiences);
            clients = Set.copyOf(clients);
        }
    }

    /**
     * What one client may ask for ({@code duet.limits.*}).
     *
     * @param contentCodePoints longest message, in Unicode code points
     * @param frameBytes largest frame from a client, in bytes of UTF-8, all fragments together
     * @param jsonDepth deepest nesting of JSON that is read
     * @param inFlight messages sent to one connection and not yet acknowledged
     * @param outstandingSends unanswered {@code send_message} of one connection before reading stops
     * @param sendsPerSecond sustained sends of one user
     * @param sendBurst sends of one user at once
     * @param rateLimitEnabled {@code duet.rate-limit.enabled}: off only for load tests
     * @param badFrames wrong frames on one connection before it is closed with 4400
     */
    public record Limits(
            int contentCodePoints,
            int frameBytes,
            int jsonDepth,
            int inFlight,
            int outstandingSends,
            double sendsPerSecond,
            int sendBurst,
            boolean rateLimitEnabled,
            int badFrames) {}

    /**
     * Finding dead connections ({@code duet.heartbeat.*}).
     *
     * @param interval how often a client is asked to ping
     * @param timeout silence after which a connection is closed with 4408; longer than {@code interval}
     * @param connectTimeout how long a fresh connection may take to send {@code connect}
     * @param reconnectDelay upper end of the random wait that clients use before they reconnect
     */
    public record Heartbeat(Duration interval, Duration timeout, Duration connectTimeout, Duration reconnectDelay) {}

    /**
     * How devices are let in when many come at once ({@code duet.admission.*}).
     *
     * @param queue devices that may wait for their turn; beyond it one is turned away with 1013
     * @param deadline how long one may wait; then it is turned away with 1013
     * @param atOnce most devices that are let in side by side
     * @param delay how long those who are in may wait for a thread before fewer are let in side by side
     */
    public record Admission(int queue, Duration deadline, int atOnce, Duration delay) {}

    /**
     * The queue to one connection ({@code duet.outbound.*}); a client for whom it overflows is closed with 1013.
     *
     * @param frames most frames that wait
     * @param bytes most bytes that wait
     * @param sendTimeout how long one frame may take to be written
     */
    public record Outbound(int frames, int bytes, Duration sendTimeout) {}

    /**
     * Group commit ({@code duet.message-log.*}).
     *
     * @param writers writer lanes of this node; a conversation always uses the same one
     * @param batch most drafts in one transaction
     * @param queue drafts that may wait for one writer; beyond it a send is answered {@code unavailable}
     * @param deadline how long a draft may wait for its answer
     */
    public record MessageLog(int writers, int batch, int queue, Duration deadline) {}

    /**
     * Presence ({@code duet.presence.*}).
     *
     * @param grace how long a device may be away before its user is told to be offline
     */
    public record PresenceTimes(Duration grace) {}

    /**
     * The search for messages whose notice was lost ({@code duet.reconcile.*}).
     *
     * @param interval how often a node asks
     * @param age how old a pending message must be to count as lost
     */
    public record Reconcile(Duration interval, Duration age) {}

    /**
     * Traces of messages through the nodes ({@code duet.tracing.*}).
     *
     * @param endpoint where an OpenTelemetry collector takes OTLP over HTTP; without it there are no traces
     * @param sample the share of messages that are traced, from 0 to 1
     */
    public record Tracing(Optional<URI> endpoint, double sample) {}

    /**
     * How long messages are kept ({@code duet.retention.*}).
     *
     * @param age above which they are removed; empty: they are kept for ever
     * @param interval how often a pass over all conversations begins
     */
    public record Retention(Optional<Duration> age, Duration interval) {}

    /** How the nodes of a cluster find each other. */
    public enum Discovery {
        /** In the database that they share. */
        DATABASE,
        /** By the addresses that a name has in the DNS, as a headless service of Kubernetes. */
        DNS,
        /** By a list of them. */
        HOSTS,
        /** Not at all: a cluster of one that opens no port. */
        NONE
    }

    /**
     * This node among the others ({@code duet.cluster.*}).
     *
     * @param name nodes of one name that share a database form one cluster
     * @param nodeName this node, unique in its cluster; by default the host's name and a random part
     * @param discovery how nodes find each other
     * @param dnsQuery the name to look up, with {@link Discovery#DNS}
     * @param hosts {@code host:port} of some nodes, with {@link Discovery#HOSTS}; the port may be missing
     * @param bindAddress where this node listens to the others; by default where it reaches the database from
     * @param port of that; by default {@value #DEFAULT_PORT}, or any on the loopback interface. The one for failure
     *     detection is 100 above it
     * @param secret what all nodes must know, who then speak by TLS; by default one that the database keeps, and none on the
     *     loopback interface
     * @param failureTimeout a node that is silent for so long, and a moment more, is taken for dead
     */
    public record Cluster(
            String name,
            String nodeName,
            Discovery discovery,
            Optional<String> dnsQuery,
            List<String> hosts,
            Optional<String> bindAddress,
            Optional<Integer> port,
            Optional<String> secret,
            Duration failureTimeout) {
        public static final int DEFAULT_PORT = 7800;

        public Cluster {
            hosts = List.copyOf(hosts);
        }

        /** Without the secret, so that no log line can hold it. */
        @Override
        public String toString() {
            return "Cluster[name=" + name + ", nodeName=" + nodeName + ", discovery=" + discovery + ", dnsQuery="
                    + dnsQuery
                    + ", hosts=" + hosts + ", bindAddress=" + bindAddress + ", port=" + port + ", secret="
                    + (secret.isPresent() ? "set" : "none") + ", failureTimeout=" + failureTimeout + "]";
        }
    }

    /** What of a message a push shows. */
    public enum PushContent {
        /** Who wrote, and how many messages. */
        NONE,
        /** The beginning of the newest message too. */
        PREVIEW
    }

    /**
     * Pushes to devices that are away ({@code duet.push.*}).
     *
     * @param enabled whether there are any
     * @param delay how long a device may leave a message unacknowledged before a push goes out for it
     * @param content what of the message stands in it
     * @param timeToLive how long a push service keeps a push for a device that it cannot reach
     * @param subject whom a push service may write to about this installation: a {@code mailto:} or {@code https:} URI
     * @param concurrency pushes of this node on their way at once
     * @param allowHosts hosts of push services that may be at private addresses and other ports than 443
     * @param proxy {@code host:port} of an HTTP proxy on the way to push services
     * @param relayUrl where pushes for tokens go that are no Web Push subscriptions
     * @param relaySecret the bearer token for that
     */
    public record Push(
            boolean enabled,
            Duration delay,
            PushContent content,
            Duration timeToLive,
            Optional<String> subject,
            int concurrency,
            Set<String> allowHosts,
            Optional<String> proxy,
            Optional<String> relayUrl,
            Optional<String> relaySecret) {
        public Push {
            allowHosts = Set.copyOf(allowHosts);
        }

        /** Without the secret, so that no log line can hold it. */
        @Override
        public String toString() {
            return "Push[enabled=" + enabled + ", delay=" + delay + ", content=" + content + ", timeToLive="
                    + timeToLive + ", subject=" + subject + ", concurrency=" + concurrency + ", allowHosts="
                    + allowHosts + ", proxy=" + proxy + ", relayUrl=" + relayUrl + ", relaySecret="
                    + (relaySecret.isPresent() ? "set" : "none") + "]";
        }
    }
}
