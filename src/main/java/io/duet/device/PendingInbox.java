package io.duet.device;

import io.duet.platform.Database;
import io.duet.platform.DatabaseException;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;

/**
 * Clears the durable inbox of a removed device: its rows of {@code message_status} that are still {@code sent}. In small
 * transactions, so that nobody who stores or acknowledges messages waits for a long one. In one database.
 */
final class PendingInbox {

    private static final Logger LOG = Logger.getLogger(PendingInbox.class);
    private static final int CHUNK = 1000;
    private static final int MAX_CHUNKS = 10_000;
    private static final int MAX_RETRIES = 5;
    private static final String DEADLOCK_DETECTED = "40P01";

    private final Database database;

    PendingInbox(Database database) {
        this.database = database;
    }

    /** Best effort: rows that stay behind are read by nobody. */
    void giveUp(UUID deviceId) {
        int retries = 0;
        for (int chunk = 0; chunk < MAX_CHUNKS; chunk++) {
            try {
                if (deleteChunk(deviceId) == 0) {
                    return;
                }
            } catch (DatabaseException e) {
                if (!e.sqlState().equals(DEADLOCK_DETECTED) || ++retries > MAX_RETRIES) {
                    LOG.warnf(e, "The inbox of the removed device %s could not be cleared", deviceId);
                    return;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(
                        ThreadLocalRandom.current().nextLong(1, 20L << retries)));
            }
        }
    }

    /** In the order in which acknowledgements lock the same rows. */
    private static final String DELETE_CHUNK = """
            WITH pending AS (
              SELECT message_id FROM message_status
              WHERE device_id = ? AND status = 'sent'
              ORDER BY conversation_id, sequence_number LIMIT ? FOR UPDATE)
            DELETE FROM message_status s USING pending p
            WHERE s.message_id = p.message_id AND s.device_id = ?
            """;

    private int deleteChunk(UUID deviceId) {
        return database.query(connection -> {
            try (var delete = connection.prepareStatement(DELETE_CHUNK)) {
                delete.setObject(1, deviceId);
                delete.setInt(2, CHUNK);
                delete.setObject(3, deviceId);
                return delete.executeUpdate();
            }
        });
    }
}
