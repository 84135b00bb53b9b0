package io.duet.account;

import io.duet.config.DuetConfig;
import io.duet.config.NetworkRange;
import io.duet.platform.Database;
import io.duet.platform.DatabaseException;
import java.net.Inet6Address;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;

/**
 * Counts failed sign-ins in fixed windows, over all nodes: per account, and per source address, which may fail more often,
 * because behind one address there may be a whole office. IPv6 sources count by their /64. What somebody tries from a
 * network from which the account was signed in to within the last {@value #PLACES_DAYS} days counts apart from what strangers
 * try under the same name, so they cannot lock its owner out.
 *
 * <p>An attempt that is alone and follows no failure only reads; a failure is written. Further attempts on an account
 * count as failed from their start until they succeed, so simultaneous guesses exceed the limit by one per node at most.
 * Beyond {@value #MOST_SUBJECTS} subjects those that failed least often are forgotten, within a minute. Any thread may
 * call that may block on the database.
 */
final class SignInThrottle {

    private static final Logger LOG = Logger.getLogger(SignInThrottle.class);
    private static final int MOST_SUBJECTS = 100_000;
    private static final int PLACES_DAYS = 90;
    private static final int IPV6_PREFIX_BYTES = 8;
    private static final Duration PLACE_PRECISION = Duration.ofDays(1);
    private static final Duration TIDY_INTERVAL = Duration.ofMinutes(1);

    private final SignInFailures failures;
    private final Clock clock;
    private final DuetConfig.SignIn limits;
    private final Map<String, Integer> underWay = new ConcurrentHashMap<>();
    private final AtomicReference<Instant> tidied = new AtomicReference<>(Instant.MIN);

    /** Whether an attempt may be made. */
    sealed interface Admission {
        /** Not before so long. */
        record Refused(Duration retryAfter) implements Admission {}
    }

    SignInThrottle(Database database, DuetConfig.SignIn limits, Clock clock) {
        failures = new SignInFailures(database);
        this.limits = limits;
        this.clock = clock;
    }

    /** Admits an attempt, which the caller closes, or refuses it; a refused one changes nothing. */
    Admission admit(String username, String source) {
        Attempt attempt = attempt(username, source);
        if (attempt.refused().isEmpty() && attempt.begin()) {
            return attempt;
        }
        Optional<Duration> wait =
                attempt.refused().or(() -> attempt(username, source).refused());
        return new Admission.Refused(wait.orElse(limits.window()));
    }

    private Attempt attempt(String username, String source) {
        String network = network(source);
        byte[] account = sha256("account", username);
        byte[] address = sha256("source", network);
        byte[] place = sha256("place", username + " " + network);
        Instant now = clock.instant();
        SignInFailures.Standing standing = failures.of(List.of(account, address, place), place, now);
        boolean known = standing.placeSeenAt()
                .filter(seen -> seen.isAfter(now.minus(Duration.ofDays(PLACES_DAYS))))
                .isPresent();
        return new Attempt(username, known ? place : account, address, place, standing, now);
    }

    /** One attempt from its admission to its end. For one thread. */
    final class Attempt implements Admission, AutoCloseable {

        private final String username;
        private final byte[] subject;
        private final byte[] address;
        private final byte[] place;
        private final SignInFailures.Standing standing;
        private final Instant now;
        private boolean counted;

        private Attempt(
                String username,
                byte[] subject,
                byte[] address,
                byte[] place,
                SignInFailures.Standing standing,
                Instant now) {
            this.username = username;
            this.subject = subject;
            this.address = address;
            this.place = place;
            this.standing = standing;
            this.now = now;
        }

        private Optional<Duration> refused() {
            return standing.counts().stream()
                    .filter(count -> isOver(count, subject, limits.maxFailures())
                            || isOver(count, address, limits.maxFailuresPerSource()))
                    .map(count -> Duration.between(now, count.windowEnds()))
                    .max(Duration::compareTo);
        }

        private static boolean isOver(SignInFailures.Count count, byte[] subject, int limit) {
            return Arrays.equals(count.subject(), subject) && count.failures() >= limit;
        }

        /** False when others have used up what was left. */
        private boolean begin() {
            boolean alone = underWay.merge(username, 1, Integer::sum) == 1;
            boolean admitted = false;
            try {
                admitted = (alone && failedBefore() == 0) || count(limits.maxFailures());
            } finally {
                if (!admitted) {
                    leave();
                }
            }
            return admitted;
        }

        private int failedBefore() {
            return standing.counts().stream()
                    .filter(count -> Arrays.equals(count.subject(), subject))
                    .mapToInt(SignInFailures.Count::failures)
                    .sum();
        }

        private boolean count(int limit) {
            Instant windowEnds = now.plus(limits.window());
            if (!failures.add(subject, limit, now, windowEnds)) {
                return false;
            }
            failures.add(address, Integer.MAX_VALUE, now, windowEnds);
            counted = true;
            return true;
        }

        /** The password was wrong, or nobody's. */
        void failed() {
            if (!counted) {
                count(Integer.MAX_VALUE);
            }
            counted = false;
            tidyIfDue();
        }

        /** The account starts afresh, the source only gets this one back; this is a place of the account's from now on. */
        void succeeded() {
            if (counted) {
                failures.forget(subject);
                failures.takeBack(address);
                counted = false;
            }
            if (standing.placeSeenAt()
                    .filter(seen -> seen.isAfter(now.minus(PLACE_PRECISION)))
                    .isEmpty()) {
                failures.see(place, now);
            }
        }

        /** What neither failed nor succeeded is as if it had not been. */
        @Override
        public void close() {
            leave();
            if (counted) {
                counted = false;
                failures.takeBack(subject);
                failures.takeBack(address);
            }
        }

        private void leave() {
            underWay.computeIfPresent(username, (name, count) -> count == 1 ? null : count - 1);
        }
    }

    private void tidyIfDue() {
        Instant now = clock.instant();
        Instant last = tidied.get();
        if (last.isBefore(now.minus(TIDY_INTERVAL)) && tidied.compareAndSet(last, now)) {
            try {
                failures.tidy(now, MOST_SUBJECTS, now.minus(Duration.ofDays(PLACES_DAYS)));
            } catch (DatabaseException e) {
                LOG.warnf(e, "Former failures of sign-ins have not been removed");
            }
        }
    }

    private static byte[] sha256(String kind, String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest((kind + " " + text).getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Of IPv6 the first half, which is one customer's. */
    private static String network(String source) {
        return NetworkRange.address(source)
                .map(address -> address instanceof Inet6Address
                        ? HexFormat.of().formatHex(Arrays.copyOf(address.getAddress(), IPV6_PREFIX_BYTES))
                        : address.getHostAddress())
                .orElse(source);
    }
}
