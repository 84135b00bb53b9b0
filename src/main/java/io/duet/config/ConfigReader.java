package io.duet.config;

import io.duet.config.DuetConfig.Admission;
import io.duet.config.DuetConfig.Cluster;
import io.duet.config.DuetConfig.Discovery;
import io.duet.config.DuetConfig.Heartbeat;
import io.duet.config.DuetConfig.Limits;
import io.duet.config.DuetConfig.LocalAccounts;
import io.duet.config.DuetConfig.MessageLog;
import io.duet.config.DuetConfig.Outbound;
import io.duet.config.DuetConfig.PresenceTimes;
import io.duet.config.DuetConfig.Proxy;
import io.duet.config.DuetConfig.ProxyHeader;
import io.duet.config.DuetConfig.Push;
import io.duet.config.DuetConfig.PushContent;
import io.duet.config.DuetConfig.Reconcile;
import io.duet.config.DuetConfig.Registration;
import io.duet.config.DuetConfig.Retention;
import io.duet.config.DuetConfig.SignIn;
import io.duet.config.DuetConfig.SignInOrder;
import io.duet.config.DuetConfig.Tokens;
import io.duet.config.DuetConfig.Tracing;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Reads {@link DuetConfig}. All that is wrong is reported at once, each with the name of its key. */
final class ConfigReader {
    private static final int KIBI = 1024;
    private static final Pattern USERNAME = Pattern.compile("[a-z0-9._-]{3,50}");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]{1,253}");
    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z0-9._:%-]{1,253}");
    private static final Pattern HTTP_ADDRESS =
            Pattern.compile("https?://[A-Za-z0-9._\\[\\]:-]{1,253}(/[A-Za-z0-9._/-]{0,253})?");
    private static final Pattern HOST_AND_ITS_PORT =
            Pattern.compile("([A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}]):[0-9]{1,5}");
    private static final Pattern CONTACT = Pattern.compile("(mailto:[^\\s\"\\\\@]+@|https://)[^\\s\"\\\\@]+");
    private static final Pattern HTTPS_URL = Pattern.compile("https://[A-Za-z0-9._\\[\\]:-]+(/[^\\s#]*)?");
    private static final Pattern HOST_AND_PORT =
            Pattern.compile("([A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}])(:[0-9]{1,5})?");

    private final ConfigValues values;

    ConfigReader(Function<String, Optional<String>> source) {
        values = new ConfigValues(source);
    }

    DuetConfig read() {
        var config = new DuetConfig(
                values.choice("duet.registration", Registration.OPEN),
                values.origins("duet.allowed-origins"),
                tokens(),
                signIn(),
                proxy(),
                new LocalAccounts(
                        values.bool("duet.accounts.local", true),
                        Set.copyOf(values.list("duet.admins", USERNAME, "must be a list of usernames"))),
                new OidcReader(values).read(),
                new LdapReader(values).read(),
                limits(),
                heartbeat(),
                admission(),
                outbound(),
                messageLog(),
                new PresenceTimes(values.duration("duet.presence.grace", "PT5S", "PT0S", "PT10M")),
                new Reconcile(
                        values.duration("duet.reconcile.interval", "PT15S", "PT0.1S", "PT1H"),
                        values.duration("duet.reconcile.age", "PT5S", "PT0S", "PT1H")),
                new Retention(
                        values.optionalDuration("duet.retention.age", "P1D", "P36500D"),
                        values.duration("duet.retention.interval", "PT1H", "PT1S", "P30D")),
                cluster(),
                new Tracing(
                        values.text(
                                        "duet.tracing.endpoint",
                                        HTTP_ADDRESS,
                                        "must be the address of a collector, http://host:4318")
                                .map(URI::create),
                        values.decimal("duet.tracing.sample", 0.001, 0, 1)),
                push());
        values.require(
                "duet.accounts.local",
                config.accounts().local()
                        || !config.oidc().issuers().isEmpty()
                        || config.ldap().isPresent(),
                "must be true, since there is neither duet.oidc.issuer nor duet.ldap.url and nobody could sign in");
        values.refuseWrong();
        return config;
    }

    private Tokens tokens() {
        Duration lifetime = values.duration("duet.tokens.lifetime", "PT1H", "PT1S", "P30D");
        Duration sessionLifetime = values.duration("duet.tokens.session-lifetime", "P30D", "PT1S", "P3650D");
        values.require(
                "duet.tokens.session-lifetime",
                sessionLifetime.compareTo(lifetime) >= 0,
                "must not be shorter than duet.tokens.lifetime");
        return new Tokens(lifetime, sessionLifetime, values.secret("duet.tokens.secret", 32));
    }

    private SignIn signIn() {
        return new SignIn(
                values.integer("duet.sign-in.max-failures", 10, 1, 1_000_000),
                values.integer("duet.sign-in.max-failures-per-source", 100, 1, 1_000_000),
                values.duration("duet.sign-in.window", "PT5M", "PT1S", "P1D"),
                values.choice("duet.sign-in.order", SignInOrder.LOCAL_FIRST));
    }

    private Proxy proxy() {
        return new Proxy(
                values.parsed("duet.proxy.trusted", List.of(), ConfigReader::ranges),
                values.choice("duet.proxy.header", ProxyHeader.X_FORWARDED_FOR));
    }

    private static List<NetworkRange> ranges(String text) {
        try {
            return Arrays.stream(text.split(",", -1))
                    .map(String::strip)
                    .map(NetworkRange::parse)
                    .toList();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("must be a list of networks such as 10.0.0.0/8, fd00::/8", e);
        }
    }

    private Limits limits() {
        return new Limits(
                values.integer("duet.limits.content-code-points", 10_000, 1, 1_000_000),
                values.integer("duet.limits.frame-bytes", 128 * KIBI, KIBI, 16 * KIBI * KIBI),
                values.integer("duet.limits.json-depth", 16, 2, 1000),
                values.integer("duet.limits.in-flight", 256, 1, 100_000),
                values.integer("duet.limits.outstanding-sends", 64, 1, 100_000),
                values.decimal("duet.limits.sends-per-second", 20, 0.001, 1_000_000),
                values.integer("duet.limits.send-burst", 100, 1, 1_000_000),
                values.bool("duet.rate-limit.enabled", true),
                values.integer("duet.limits.bad-frames", 50, 1, 1_000_000));
    }

    private Heartbeat heartbeat() {
        Duration interval = values.duration("duet.heartbeat.interval", "PT30S", "PT1S", "PT1H");
        Duration timeout = values.duration("duet.heartbeat.timeout", "PT60S", "PT1S", "PT2H");
        values.require(
                "duet.heartbeat.timeout",
                timeout.compareTo(interval) > 0,
                "must be longer than duet.heartbeat.interval");
        return new Heartbeat(
                interval,
                timeout,
                values.duration("duet.heartbeat.connect-timeout", "PT10S", "PT0.1S", "PT10M"),
                values.duration("duet.heartbeat.reconnect-delay", "PT5S", "PT0S", "PT10M"));
    }

    private Admission admission() {
        return new Admission(
                values.integer("duet.admission.queue", 16_384, 1, 1_000_000),
                values.duration("duet.admission.deadline", "PT10S", "PT0.1S", "PT10M"),
                values.integer("duet.admission.at-once", 128, 1, 10_000),
                values.duration("duet.admission.delay", "PT0.005S", "PT0.0001S", "PT10S"));
    }

    private Outbound outbound() {
        return new Outbound(
                values.integer("duet.outbound.frames", 1024, 16, 1_000_000),
                values.integer("duet.outbound.bytes", 4 * KIBI * KIBI, 64 * KIBI, 1024 * KIBI * KIBI),
                values.duration("duet.outbound.send-timeout", "PT20S", "PT0.1S", "PT10M"));
    }

    private MessageLog messageLog() {
        return new MessageLog(
                values.integer("duet.message-log.writers", 2, 1, 64),
                values.integer("duet.message-log.batch", 256, 1, 10_000),
                values.integer("duet.message-log.queue", 8192, 1, 1_000_000),
                values.duration("duet.message-log.deadline", "PT10S", "PT0.1S", "PT5M"));
    }

    private Cluster cluster() {
        Discovery discovery = values.choice("duet.cluster.discovery", Discovery.DATABASE);
        Optional<String> dnsQuery = values.text("duet.cluster.dns-query", HOST, "must be a name in the DNS");
        List<String> hosts = values.list("duet.cluster.hosts", HOST_AND_PORT, "must be a list of host:port");
        values.require(
                "duet.cluster.dns-query",
                discovery != Discovery.DNS || dnsQuery.isPresent(),
                "must be set, since duet.cluster.discovery is dns");
        values.require(
                "duet.cluster.hosts",
                discovery != Discovery.HOSTS || !hosts.isEmpty(),
                "must be set, since duet.cluster.discovery is hosts");
        int port = values.integer("duet.cluster.port", -1, 0, 65_435);
        return new Cluster(
                values.name("duet.cluster.name", () -> "duet"),
                values.name("duet.cluster.node-name", NodeName::fresh),
                discovery,
                dnsQuery,
                hosts,
                values.text("duet.cluster.bind-address", ADDRESS, "must be an address of this machine"),
                port < 0 ? Optional.empty() : Optional.of(port),
                values.secret("duet.cluster.secret", 16),
                values.duration("duet.cluster.failure-timeout", "PT3S", "PT0.5S", "PT5M"));
    }

    private Push push() {
        return new Push(
                values.bool("duet.push.enabled", true),
                values.duration("duet.push.delay", "PT10S", "PT0.5S", "PT1H"),
                values.choice("duet.push.content", PushContent.NONE),
                values.duration("duet.push.time-to-live", "P1D", "PT1M", "P28D"),
                values.text("duet.push.subject", CONTACT, "must be a mailto: or https: URI"),
                values.integer("duet.push.concurrency", 16, 1, 1000),
                values.list("duet.push.allow-hosts", ADDRESS, "must be a list of host names or addresses").stream()
                        .map(host -> host.toLowerCase(Locale.ROOT))
                        .collect(Collectors.toSet()),
                values.text("duet.push.proxy", HOST_AND_ITS_PORT, "must be host:port"),
                values.text("duet.push.relay-url", HTTPS_URL, "must be an https: URL"),
                values.secret("duet.push.relay-secret", 16));
    }

    /**
     * A key that begins with {@code duet.} and means nothing is most likely misspelt: better said than ignored. Only
     * variables of the environment are spared, since a platform may put its own there ({@code DUET_PORT} on Kubernetes).
     */
    void refuseUnknown(Iterable<String> names, Set<String> environment) {
        StreamSupport.stream(names.spliterator(), false)
                .filter(name -> name.startsWith("duet.") && !values.knows(name))
                .filter(name -> !environment.contains(environmentName(name)))
                .sorted()
                .forEach(name -> values.require(name, false, "is not a setting of Duet"));
        values.refuseWrong();
    }

    private static String environmentName(String key) {
        return key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
    }

    private static final class NodeName {
        static String fresh() {
            String host = Optional.ofNullable(System.getenv("HOSTNAME"))
                    .orElse("node")
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^a-z0-9._-]", "-");
            String random = Long.toString(new SecureRandom().nextLong() & 0xffffffffL, 36);
            return (host.length() > 40 ? host.substring(0, 40) : host) + "-" + random;
        }

        private NodeName() {}
    }
}
