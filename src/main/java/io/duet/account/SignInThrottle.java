package io.duet.account;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.duet.config.DuetConfig;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Counts failed sign-ins per account and per source address in fixed windows. An attempt counts as failed from its
 * start until it succeeds, so simultaneous guesses cannot slip past the limit. A source may fail ten times as often as
 * an account, because behind one address there may be a whole office. IPv6 sources count by their /64.
 *
 * <p>Counts are of this node and bounded: beyond 100,000 keys the ones that are least in use are forgotten. Any thread
 * may call; nothing blocks.
 */
final class SignInThrottle {

    private static final int SOURCE_FACTOR = 10;
    private static final int MAX_KEYS = 100_000;
    private static final int IPV6_PREFIX_BYTES = 8;

    private final Clock clock;
    private final int maxFailures;
    private final Duration window;
    private final Cache<String, Window> windows;

    private record Window(Instant ends, int failures) {}

    SignInThrottle(DuetConfig.SignIn limits, Clock clock) {
        this.clock = clock;
        maxFailures = limits.maxFailures();
        window = limits.window();
        windows = Caffeine.newBuilder()
                .maximumSize(MAX_KEYS)
                .expireAfterWrite(window)
                .build();
    }

    /** How long this account or source has to wait; empty when it may try now. */
    Optional<Duration> blocked(String username, String source) {
        Duration account = remaining(accountKey(username), maxFailures);
        Duration address = remaining(sourceKey(source), maxFailures * SOURCE_FACTOR);
        Duration longer = account.compareTo(address) > 0 ? account : address;
        return longer.isZero() ? Optional.empty() : Optional.of(longer);
    }

    /** Counts an attempt as failed, unless it is blocked; {@link #succeeded} takes that back. */
    Optional<Duration> begin(String username, String source) {
        Optional<Duration> blocked = blocked(username, source);
        if (blocked.isEmpty()) {
            add(accountKey(username), 1);
            add(sourceKey(source), 1);
        }
        return blocked;
    }

    /** The attempt was right: the account starts afresh, the source only gets this one back. */
    void succeeded(String username, String source) {
        windows.invalidate(accountKey(username));
        add(sourceKey(source), -1);
    }

    private Duration remaining(String key, int limit) {
        Window current = windows.getIfPresent(key);
        if (current == null || current.failures() < limit) {
            return Duration.ZERO;
        }
        Duration left = Duration.between(clock.instant(), current.ends());
        return left.isNegative() ? Duration.ZERO : left;
    }

    private void add(String key, int failures) {
        Instant now = clock.instant();
        windows.asMap()
                .compute(
                        key,
                        (k, old) -> old == null || !now.isBefore(old.ends())
                                ? new Window(now.plus(window), Math.max(0, failures))
                                : new Window(old.ends(), Math.max(0, old.failures() + failures)));
    }

    private static String accountKey(String username) {
        return "account " + username;
    }

    private static String sourceKey(String source) {
        return "source " + network(source);
    }

    /** The address is a literal (the container gives it), so no name is looked up. */
    private static String network(String source) {
        if (source.indexOf(':') < 0) {
            return source;
        }
        try {
            InetAddress address = InetAddress.getByName(source);
            return address instanceof Inet6Address
                    ? HexFormat.of().formatHex(Arrays.copyOf(address.getAddress(), IPV6_PREFIX_BYTES))
                    : address.getHostAddress();
        } catch (UnknownHostException e) {
            return source;
        }
    }
}
