package io.duet.account;

import io.duet.audit.Audit;
import io.duet.audit.AuditEvent;
import io.duet.config.DuetConfig;
import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Sign-in by the directory: find the entry, try the password, make or update the account. Blocks the calling thread for as
 * long as the directory takes, within the limits of {@link LdapDirectory}; at most {@code duet.ldap.concurrent} threads at
 * once, three times as many wait for up to {@value #WAIT_S} seconds, and the rest is turned away.
 */
final class LdapSignIn {

    private static final Logger LOG = Logger.getLogger(LdapSignIn.class);
    private static final int WAITING_FACTOR = 3;
    private static final int WAIT_S = 2;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);
    private static final int MOST_TYPED = 254;
    /** A holder of the wanted name, and one more who came in between. */
    private static final int MOST_HOLDERS = 3;

    private final LdapDirectory directory;
    private final LdapAccounts accounts;
    private final Audit audit;
    private final Bulkhead bulkhead;
    /** Whether the log says so already. */
    private final AtomicBoolean silent = new AtomicBoolean();

    /** What came of an attempt. */
    sealed interface Outcome {
        record Correct(UUID userId) implements Outcome {}

        /**
         * @param reason for the audit log
         * @param username of the entry that was found, likewise
         */
        record Wrong(Reason reason, Optional<String> username) implements Outcome {}
    }

    /** Why somebody may not come in; the person herself is told nothing of it. */
    enum Reason {
        UNKNOWN_USER,
        AMBIGUOUS_USER,
        WRONG_PASSWORD,
        DISABLED,
        USERNAME_INVALID,
        USERNAME_TAKEN
    }

    LdapSignIn(LdapDirectory directory, LdapAccounts accounts, Audit audit, DuetConfig.Ldap config) {
        this.directory = directory;
        this.accounts = accounts;
        this.audit = audit;
        bulkhead = new Bulkhead(config.concurrent(), WAITING_FACTOR * config.concurrent(), Duration.ofSeconds(WAIT_S));
    }

    /**
     * @param typed the username, in lower case
     * @throws ApiException {@code unavailable} when the directory does not answer or too many wait for it
     */
    Outcome attempt(String typed, String password, String source) {
        if (!bulkhead.enter()) {
            throw unavailable();
        }
        try {
            Outcome outcome = judge(typed, password, source);
            if (silent.compareAndSet(true, false)) {
                LOG.info("The directory answers again");
            }
            return outcome;
        } catch (LdapUnavailable e) {
            if (silent.compareAndSet(false, true)) {
                LOG.warnf("Nobody can sign in by the directory: %s", e.getMessage());
            }
            throw unavailable();
        } finally {
            bulkhead.leave();
        }
    }

    private static ApiException unavailable() {
        return new ApiException(ErrorCode.UNAVAILABLE, "the directory cannot be asked now, try again later")
                .retryAfter(RETRY_AFTER);
    }

    /**
     * Takes as long as an attempt that fails, so that a local account with a wrong password looks like any other name. Does
     * nothing when the directory has no time for it.
     */
    void pretend(String typed) {
        if (!bulkhead.enter()) {
            return;
        }
        try {
            find(typed);
            directory.refuse();
        } catch (LdapUnavailable | LdapDirectory.AmbiguousException e) {
            LOG.debugf(e, "The directory was asked to no purpose");
        } finally {
            bulkhead.leave();
        }
    }

    private Optional<LdapPerson> find(String typed) throws LdapDirectory.AmbiguousException {
        boolean possible = !typed.isBlank()
                && typed.length() <= MOST_TYPED
                && typed.chars().noneMatch(Character::isISOControl);
        return possible ? directory.find(typed) : Optional.empty();
    }

    private Outcome judge(String typed, String password, String source) {
        Optional<LdapPerson> found;
        try {
            found = find(typed);
        } catch (LdapDirectory.AmbiguousException e) {
            LOG.warn("A username means several entries of the directory: see duet.ldap.user-filter");
            directory.refuse();
            return new Outcome.Wrong(Reason.AMBIGUOUS_USER, Optional.empty());
        }
        if (found.isEmpty()) {
            directory.refuse();
            return new Outcome.Wrong(Reason.UNKNOWN_USER, Optional.empty());
        }
        LdapPerson person = found.get();
        if (password.isEmpty()) {
            directory.refuse();
            return new Outcome.Wrong(Reason.WRONG_PASSWORD, person.username());
        }
        if (!directory.accepts(person.dn(), Registration.normalisedPassword(password))) {
            return new Outcome.Wrong(Reason.WRONG_PASSWORD, person.username());
        }
        if (directory.isDisabled(person)) {
            return new Outcome.Wrong(Reason.DISABLED, person.username());
        }
        if (person.username().isEmpty()) {
            LOG.warnf("%s cannot sign in: duet.ldap.username-attribute gives no username for Duet", person.dn());
            return new Outcome.Wrong(Reason.USERNAME_INVALID, person.username());
        }
        return account(person, source);
    }

    private Outcome account(LdapPerson person, String source) {
        String username = person.username().orElseThrow();
        boolean admin = directory.isAdmin(person);
        Map<LdapPerson.Id, Boolean> rights = new HashMap<>();
        for (int i = 0; i < MOST_HOLDERS; i++) {
            LdapAccounts.Linking linking = accounts.link(person, username, admin, rights);
            if (linking instanceof LdapAccounts.Linking.Linked linked) {
                if (linked.created()) {
                    audit.record(AuditEvent.ok("registration")
                            .user(linked.userId())
                            .username(username)
                            .source(source)
                            .detail("method", "ldap"));
                }
                return new Outcome.Correct(linked.userId());
            }
            if (!(linking instanceof LdapAccounts.Linking.NameHeld held)) {
                break;
            }
            rights.put(held.holder(), directory.isNamed(held.holder(), username));
        }
        LOG.warnf("%s cannot sign in: an account that is not the directory's has the username", person.dn());
        return new Outcome.Wrong(Reason.USERNAME_TAKEN, person.username());
    }
}
