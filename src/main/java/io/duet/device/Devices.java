package io.duet.device;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.duet.platform.Database;
import io.duet.rest.Change;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * The devices of each user. A removed device is unknown to everybody here; its row stays for the receipts that refer to
 * it. At most {@value #MAX_PER_USER} devices a user, because every message costs one inbox entry for each.
 *
 * <p>Any thread may call that may block on the database; failures of it come out as
 * {@link io.duet.platform.DatabaseException}. {@link #ofUser} answers from a cache when it can.
 */
@Singleton
public final class Devices {

    static final int MAX_PER_USER = 32;

    private static final Logger LOG = Logger.getLogger(Devices.class);
    private static final int CACHED_USERS = 100_000;
    private static final Duration CACHED_FOR = Duration.ofSeconds(10);

    private final Database database;
    private final Clock clock;
    private final Event<DeviceRemoved> removals;
    private final PendingInbox pendingInbox;
    private final TimeBasedEpochGenerator ids = Generators.timeBasedEpochGenerator();
    private final Cache<UUID, List<Device>> byUser = Caffeine.newBuilder()
            .maximumSize(CACHED_USERS)
            .expireAfterWrite(CACHED_FOR)
            .build();

    @Inject
    public Devices(Database database, Clock clock, Event<DeviceRemoved> removals) {
        this.database = database;
        this.clock = clock;
        this.removals = removals;
        pendingInbox = new PendingInbox(database);
    }

    /** Reads the database: what another node removed a moment ago is not found. */
    public Optional<Device> byId(UUID deviceId) {
        return database.inTransaction(
                transaction -> alive(transaction, deviceId).map(DeviceEntity::toDevice));
    }

    /**
     * In the order of registration. A change on this node shows at once, one on another node after at most 10 s;
     * {@code lastActiveAt} may be as old as that.
     */
    public List<Device> ofUser(UUID userId) {
        return byUser.get(userId, this::stored);
    }

    /** As {@link #ofUser}, past the cache. */
    List<Device> stored(UUID userId) {
        return database.inTransaction(transaction -> transaction
                .createQuery(
                        "select d from Device d where d.userId = :user and d.removedAt is null order by d.deviceId",
                        DeviceEntity.class)
                .setParameter("user", userId)
                .getResultStream()
                .map(DeviceEntity::toDevice)
                .toList());
    }

    /**
     * Registers a device. From now on every message to or from this user has an inbox entry for it.
     *
     * @return empty when the user has {@value #MAX_PER_USER} already
     */
    Optional<Device> register(UUID userId, String deviceType, Optional<String> name, Optional<String> pushToken) {
        Optional<Device> registered = database.inTransaction(transaction -> {
            lockUser(transaction, userId);
            if (count(transaction, userId) >= MAX_PER_USER) {
                return Optional.empty();
            }
            var device = new Device(
                    ids.generate(),
                    userId,
                    deviceType,
                    name,
                    pushToken,
                    clock.instant().truncatedTo(ChronoUnit.MILLIS));
            transaction.persist(new DeviceEntity(device));
            return Optional.of(device);
        });
        byUser.invalidate(userId);
        return registered;
    }

    /** So that two registrations at once cannot both be the last one allowed. */
    private static void lockUser(EntityManager transaction, UUID userId) {
        transaction
                .createNativeQuery("SELECT 1 FROM users WHERE user_id = ?1 FOR NO KEY UPDATE")
                .setParameter(1, userId)
                .getSingleResult();
    }

    private static long count(EntityManager transaction, UUID userId) {
        return transaction
                .createQuery("select count(d) from Device d where d.userId = :user and d.removedAt is null", Long.class)
                .setParameter("user", userId)
                .getSingleResult();
    }

    /** Changes a device of this user; empty when there is none of that id. */
    Optional<Device> change(UUID userId, UUID deviceId, Change<String> name, Change<String> pushToken) {
        Optional<Device> changed = database.inTransaction(
                transaction -> locked(transaction, userId, deviceId).map(entity -> {
                    entity.change(name, pushToken);
                    return entity.toDevice();
                }));
        byUser.invalidate(userId);
        return changed;
    }

    /**
     * Removes a device of this user: no message is addressed to it any more, {@link DeviceRemoved} is fired, and what was
     * pending for it is given up. Messages may be stored for the user meanwhile.
     *
     * @return false when the user has no device of that id
     */
    boolean remove(UUID userId, UUID deviceId) {
        boolean removed = database.inTransaction(transaction -> {
            Optional<DeviceEntity> device = locked(transaction, userId, deviceId);
            device.ifPresent(entity -> entity.remove(clock.instant()));
            return device.isPresent();
        });
        byUser.invalidate(userId);
        if (removed) {
            announce(new DeviceRemoved(userId, deviceId));
            pendingInbox.giveUp(deviceId);
        }
        return removed;
    }

    private void announce(DeviceRemoved removal) {
        try {
            removals.fire(removal);
        } catch (RuntimeException e) {
            LOG.warnf(e, "Device %s is removed, but an observer of that failed", removal.deviceId());
        }
    }

    /** In id order, so that two nodes that report the same devices cannot deadlock; times only move forward. */
    private static final String ACTIVE = """
            WITH active AS (
              SELECT d.device_id, a.at
              FROM unnest(?, ?) AS a (device_id, at) JOIN devices d USING (device_id)
              ORDER BY d.device_id FOR NO KEY UPDATE OF d)
            UPDATE devices d SET last_active_at = greatest(d.last_active_at, active.at)
            FROM active WHERE d.device_id = active.device_id
            """;

    /** Notes when devices came or went, in one statement; an earlier time than the noted one changes nothing. */
    public void active(Map<UUID, Instant> lastActiveAt) {
        if (lastActiveAt.isEmpty()) {
            return;
        }
        List<Map.Entry<UUID, Instant>> entries = List.copyOf(lastActiveAt.entrySet());
        Object[] deviceIds = entries.stream().map(Map.Entry::getKey).toArray();
        Object[] times =
                entries.stream().map(entry -> entry.getValue().toString()).toArray();
        database.query(connection -> {
            try (var update = connection.prepareStatement(ACTIVE)) {
                update.setArray(1, connection.createArrayOf("uuid", deviceIds));
                update.setArray(2, connection.createArrayOf("timestamptz", times));
                return update.executeUpdate();
            }
        });
    }

    private static Optional<DeviceEntity> alive(EntityManager transaction, UUID deviceId) {
        return Optional.ofNullable(transaction.find(DeviceEntity.class, deviceId))
                .filter(DeviceEntity::alive);
    }

    private static Optional<DeviceEntity> locked(EntityManager transaction, UUID userId, UUID deviceId) {
        return Optional.ofNullable(transaction.find(DeviceEntity.class, deviceId, LockModeType.PESSIMISTIC_WRITE))
                .filter(entity -> entity.alive() && entity.isOf(userId));
    }
}
