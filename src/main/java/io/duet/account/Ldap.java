package io.duet.account;

import io.duet.audit.Audit;
import io.duet.config.DuetConfig;
import io.duet.platform.Database;
import io.duet.platform.Started;
import io.duet.platform.Stopping;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** The directory from the start of the node to its end, if {@code duet.ldap.url} names one. */
@Singleton
final class Ldap {

    private static final Logger LOG = Logger.getLogger(Ldap.class);

    private final Optional<LdapDirectory> directory;
    private final LdapAccounts accounts;
    private final LdapCheck check;
    private final Audit audit;
    private final DuetConfig config;
    private final Optional<LdapSignIn> signIn;
    private volatile Future<?> watching;

    @Inject
    Ldap(Database database, DuetConfig config, Clock clock, Audit audit) {
        this.config = config;
        this.audit = audit;
        directory = config.ldap().map(LdapDirectory::new);
        accounts = new LdapAccounts(database, clock);
        check = new LdapCheck(database, clock);
        signIn = config.ldap()
                .flatMap(settings -> directory.map(asked -> new LdapSignIn(asked, accounts, audit, settings)));
    }

    Optional<LdapSignIn> signIn() {
        return signIn;
    }

    void start(@Observes Started started, Accounts users, ScheduledExecutorService scheduler) {
        if (directory.isEmpty()) {
            return;
        }
        if (config.registration() == DuetConfig.Registration.OPEN) {
            LOG.warn(
                    "duet.registration is open although there is a directory: anybody can take the usernames of its people");
        }
        LdapWatch watch = watch(users);
        long pauseMs = watch.pause().toMillis();
        watching = scheduler.scheduleWithFixedDelay(watch::run, pauseMs, pauseMs, TimeUnit.MILLISECONDS);
    }

    LdapWatch watch(Accounts users) {
        return new LdapWatch(
                directory.orElseThrow(),
                accounts,
                check,
                users::revokeAll,
                audit,
                config.ldap().orElseThrow().checkInterval());
    }

    void stop(@Observes @Priority(Stopping.CONNECTIONS) Stopping stopping) {
        Future<?> current = watching;
        if (current != null) {
            current.cancel(false);
        }
    }

    @PreDestroy
    void close() {
        directory.ifPresent(LdapDirectory::close);
    }
}
