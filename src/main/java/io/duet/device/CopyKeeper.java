package io.duet.device;

import io.duet.platform.Database;
import io.duet.platform.DatabaseException;
import io.duet.platform.Shards;
import io.duet.platform.Started;
import io.duet.platform.Stopping;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;

/**
 * Where there are several databases: copies all devices to a shard before the first message can be stored there, and later
 * brings copies up to date that could not be when their device changed. With one database it does nothing.
 */
@Singleton
final class CopyKeeper {
    private static final Logger LOG = Logger.getLogger(CopyKeeper.class);
    private static final Duration LOOK = Duration.ofSeconds(10);

    /** A registration that is under way has its marks for less than this. */
    private static final Duration OLD = Duration.ofSeconds(30);

    private static final Duration LONGEST_COPY = Duration.ofMinutes(10);
    private static final int PAGE = 2000;
    private static final int FIRST_PRIORITY = 1;

    private final Database home;
    private final Shards shards;
    private final DeviceCopies copies;
    private final ScheduledExecutorService scheduler;
    private volatile ScheduledFuture<?> looking;

    @Inject
    CopyKeeper(Database home, ScheduledExecutorService scheduler) {
        this.home = home;
        this.scheduler = scheduler;
        shards = home.shards();
        copies = new DeviceCopies(home);
    }

    /** Before any other room begins. A failure keeps Duet from starting. */
    void start(@Observes @Priority(FIRST_PRIORITY) Started started) {
        if (shards.several()) {
            copyAll();
            looking = scheduler.scheduleWithFixedDelay(
                    this::look, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void look() {
        try {
            copies.renewOld(OLD);
        } catch (DatabaseException e) {
            LOG.debug("Copies of devices have to wait", e);
        }
    }

    void stop(@Observes @Priority(Stopping.CONNECTIONS) Stopping stopping) {
        if (looking != null) {
            looking.cancel(false);
        }
    }

    private static final String ONE_AT_A_TIME = "SELECT pg_try_advisory_xact_lock(hashtextextended('shard_copies', 0))";
    private static final String FINISHED = "SELECT 1 FROM shard_copies WHERE shard = ?";
    private static final String FINISH = "INSERT INTO shard_copies (shard) VALUES (?)";

    private static final String DEVICES = """
            SELECT device_id, user_id, device_type, push_token, removed_at FROM devices
             WHERE device_id > ? ORDER BY device_id LIMIT ?""";

    /** Once after buckets were given out. Of nodes that start together one does it, and the others wait. */
    void copyAll() {
        long end = System.nanoTime() + LONGEST_COPY.toNanos();
        while (!home.transact(this::copyAllUnlessAnotherDoes)) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("Another node has copied devices for longer than " + LONGEST_COPY);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
        }
    }

    private boolean copyAllUnlessAnotherDoes(Connection connection) throws SQLException {
        try (var lock = connection.prepareStatement(ONE_AT_A_TIME);
                var row = lock.executeQuery()) {
            row.next();
            if (!row.getBoolean(1)) {
                return false;
            }
        }
        for (Database shard : shards.others()) {
            copyAll(connection, shard);
        }
        return true;
    }

    private void copyAll(Connection connection, Database shard) throws SQLException {
        try (var finished = connection.prepareStatement(FINISHED);
                var finish = connection.prepareStatement(FINISH);
                var devices = connection.prepareStatement(DEVICES)) {
            finished.setString(1, shard.name());
            try (var row = finished.executeQuery()) {
                if (row.next()) {
                    return;
                }
            }
            UUID last = new UUID(0, 0);
            List<Copy> page;
            long count = 0;
            do {
                devices.setObject(1, last);
                devices.setInt(2, PAGE);
                page = Copy.read(devices);
                if (!page.isEmpty()) {
                    copies.write(shard, page);
                    last = page.get(page.size() - 1).deviceId();
                    count += page.size();
                }
            } while (page.size() == PAGE);
            finish.setString(1, shard.name());
            finish.executeUpdate();
            LOG.infof("Shard %s knows all %d devices", shard.name(), count);
        }
    }
}
