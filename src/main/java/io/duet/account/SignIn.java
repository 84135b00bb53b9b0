package io.duet.account;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.duet.audit.Audit;
import io.duet.audit.AuditEvent;
import io.duet.config.DuetConfig.SignInOrder;
import io.duet.rest.ApiException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * Checks usernames and passwords, against those that Duet keeps and against the directory, if there is one. An attempt that
 * fails costs one look-up and one hash here, and one search and one bind there, whatever was wrong, so that the time does not
 * tell which names there are. Failures go to the audit log here; a sign-in that succeeds does when its session is there. Any
 * thread may call that may block.
 */
final class SignIn {

    private static final int MOST_TOLD = 10_000;
    private static final Duration TOLD_AGAIN_AFTER = Duration.ofMinutes(1);

    private final LocalPasswords local;
    private final Optional<LdapSignIn> directory;
    private final SignInOrder order;
    private final SignInThrottle throttle;
    private final Audit audit;
    /** Whose throttling was written to the audit log not long ago, so that nobody fills it. */
    private final Cache<String, Boolean> told = Caffeine.newBuilder()
            .maximumSize(MOST_TOLD)
            .expireAfterWrite(TOLD_AGAIN_AFTER)
            .build();

    /** Where the password was right. */
    enum Method {
        LOCAL,
        LDAP
    }

    /** What came of an attempt. */
    sealed interface Outcome {
        record Correct(UUID userId, Method method) implements Outcome {}

        /** Unknown user or wrong password. */
        record Wrong() implements Outcome {}

        record TooManyFailures(Duration retryAfter) implements Outcome {}
    }

    SignIn(
            LocalPasswords local,
            Optional<LdapSignIn> directory,
            SignInOrder order,
            SignInThrottle throttle,
            Audit audit) {
        this.local = local;
        this.directory = directory;
        this.order = order;
        this.throttle = throttle;
        this.audit = audit;
    }

    /**
     * @param source the network address that the attempt comes from
     * @throws ApiException {@code unavailable} when too many passwords are being checked, or the directory would have to be
     *     asked and does not answer
     */
    Outcome attempt(String username, String password, String source) {
        String typed = username.toLowerCase(Locale.ROOT);
        SignInThrottle.Admission admission = throttle.admit(typed, source);
        if (!(admission instanceof SignInThrottle.Attempt attempt)) {
            tellThrottled(typed, source);
            return new Outcome.TooManyFailures(((SignInThrottle.Admission.Refused) admission).retryAfter());
        }
        try (attempt) {
            Optional<LocalPasswords.Stored> stored = local.find(typed);
            Outcome outcome = order == SignInOrder.LDAP_FIRST && directory.isPresent()
                    ? directoryFirst(directory.get(), typed, stored, password, source)
                    : localFirst(typed, stored, password, source);
            if (outcome instanceof Outcome.Correct) {
                attempt.succeeded();
            } else {
                attempt.failed();
            }
            return outcome;
        }
    }

    private Outcome localFirst(String typed, Optional<LocalPasswords.Stored> stored, String password, String source) {
        if (stored.isPresent() || directory.isEmpty()) {
            Outcome outcome = localOnly(stored, password, source);
            if (outcome instanceof Outcome.Wrong) {
                directory.ifPresent(asked -> asked.pretend(typed));
            }
            return outcome;
        }
        LdapSignIn.Outcome outcome = directory.get().attempt(typed, password, source);
        if (outcome instanceof LdapSignIn.Outcome.Correct correct) {
            return new Outcome.Correct(correct.userId(), Method.LDAP);
        }
        local.matches(stored, password);
        return wrong((LdapSignIn.Outcome.Wrong) outcome, source);
    }

    private Outcome localOnly(Optional<LocalPasswords.Stored> stored, String password, String source) {
        return local.matches(stored, password)
                ? new Outcome.Correct(stored.orElseThrow().userId(), Method.LOCAL)
                : wrong(stored, stored.isPresent() ? "wrong_password" : "unknown_user", source);
    }

    private Outcome directoryFirst(
            LdapSignIn asked, String typed, Optional<LocalPasswords.Stored> stored, String password, String source) {
        LdapSignIn.Outcome outcome;
        try {
            outcome = asked.attempt(typed, password, source);
        } catch (ApiException unavailable) {
            if (stored.isEmpty()) {
                throw unavailable;
            }
            return localOnly(stored, password, source);
        }
        if (outcome instanceof LdapSignIn.Outcome.Correct correct) {
            return new Outcome.Correct(correct.userId(), Method.LDAP);
        }
        if (stored.isPresent()) {
            return localOnly(stored, password, source);
        }
        local.matches(stored, password);
        return wrong((LdapSignIn.Outcome.Wrong) outcome, source);
    }

    private Outcome wrong(LdapSignIn.Outcome.Wrong wrong, String source) {
        AuditEvent event = failed(wrong.reason().name().toLowerCase(Locale.ROOT), source);
        audit.record(wrong.username().map(event::username).orElse(event));
        return new Outcome.Wrong();
    }

    private Outcome wrong(Optional<LocalPasswords.Stored> stored, String reason, String source) {
        audit.record(about(stored, failed(reason, source)));
        return new Outcome.Wrong();
    }

    private void tellThrottled(String typed, String source) {
        if (told.asMap().putIfAbsent(source + " " + typed, true) == null) {
            audit.record(about(local.find(typed), failed("throttled", source)));
        }
    }

    private static AuditEvent failed(String reason, String source) {
        return AuditEvent.failed("sign_in").source(source).detail("reason", reason);
    }

    private static AuditEvent about(Optional<LocalPasswords.Stored> stored, AuditEvent event) {
        return stored.map(user -> event.user(user.userId()).username(user.username()))
                .orElse(event);
    }
}
