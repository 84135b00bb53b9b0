package io.duet.account;

import io.duet.audit.Audit;
import io.duet.audit.AuditEvent;
import io.duet.platform.DatabaseException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Looks, for everybody who is signed in by the directory, whether the directory would still let that person in, and signs
 * out who is removed or disabled; whoever has left the group of administrators is none any more. Of all nodes one looks at a time, page by page. Only a clear answer of the directory signs
 * anybody out: when it cannot be reached, or shows nobody at all any more, everybody stays.
 */
final class LdapWatch {

    private static final Logger LOG = Logger.getLogger(LdapWatch.class);
    private static final int PAGE = 100;
    private static final UUID BEGINNING = new UUID(0, 0);

    private final LdapDirectory directory;
    private final LdapAccounts accounts;
    private final LdapCheck check;
    private final Function<UUID, Integer> signOut;
    private final Audit audit;
    private final Duration interval;
    private boolean warned;

    /** @param signOut ends all sessions of a user and tells how many there were */
    LdapWatch(
            LdapDirectory directory,
            LdapAccounts accounts,
            LdapCheck check,
            Function<UUID, Integer> signOut,
            Audit audit,
            Duration interval) {
        this.directory = directory;
        this.accounts = accounts;
        this.check = check;
        this.signOut = signOut;
        this.audit = audit;
        this.interval = interval;
    }

    /** How often to call {@link #run}, on every node. */
    Duration pause() {
        return interval.dividedBy(4);
    }

    /**
     * Looks, if it is time and no other node does. Blocks on directory and database; for one thread at a time. Never throws.
     */
    void run() {
        UUID run = UUID.randomUUID();
        try {
            if (check.begin(run, interval.minus(pause()))) {
                look(run);
            }
        } catch (DatabaseException e) {
            LOG.warnf(e, "Whether people are still in the directory could not be looked up");
        } catch (RuntimeException e) {
            LOG.errorf(e, "Whether people are still in the directory could not be looked up");
        }
    }

    private void look(UUID run) {
        try {
            UUID after = BEGINNING;
            List<LdapAccounts.Present> page;
            do {
                page = accounts.withOpenSessions(after, PAGE);
                if (!page.isEmpty()) {
                    after = page.get(page.size() - 1).userId();
                    compare(page);
                }
            } while (page.size() == PAGE && check.goOn(run));
            check.end(run);
            warned = false;
        } catch (LdapUnavailable e) {
            check.giveUp(run);
            if (!warned) {
                LOG.warnf("The directory cannot be asked who is still there, so everybody stays: %s", e.getMessage());
                warned = true;
            }
        }
    }

    private void compare(List<LdapAccounts.Present> page) {
        Map<LdapPerson.Id, LdapPerson> there = directory.stillThere(
                page.stream().map(LdapAccounts.Present::entry).toList());
        if (there.size() < page.size() && !directory.showsAnybody()) {
            throw new LdapUnavailable("it shows nobody at all beneath duet.ldap.base-dn");
        }
        for (LdapAccounts.Present present : page) {
            LdapPerson person = there.get(present.entry());
            if (person == null) {
                signOut(present.userId());
            } else if (present.admin() != person.inAdminGroup()) {
                accounts.setAdmin(present.userId(), directory.isAdmin(person));
            }
        }
    }

    private void signOut(UUID userId) {
        int sessions = signOut.apply(userId);
        if (sessions > 0) {
            audit.record(AuditEvent.ok("user_signed_out")
                    .user(userId)
                    .detail("reason", "gone_from_directory")
                    .detail("sessions", sessions));
        }
    }
}
