package io.duet.device;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import io.duet.platform.Database;
import io.duet.platform.Shards;
import io.duet.rest.Change;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * The devices of each user. A removed device is unknown to everybody here; its row stays for the receipts that refer to
 * it. At most {@value #MAX_PER_USER} devices a user, because every message costs one inbox entry for each.
 *
 * <p>Any thread may call that may block on the database; failures of it come out as
 * {@link io.duet.platform.DatabaseException}. Nothing is cached: what one node registers or removes holds on all of them.
 */
@Singleton
public final class Devices {

    static final int MAX_PER_USER = 32;

    private static final Logger LOG = Logger.getLogger(Devices.class);
    private static final int PASS_TIMEOUT_S = 5;

    private final Database database;
    private final Shards shards;
    private final Clock clock;
    private final Event<DeviceRemoved> removals;
    private final DeviceCopies copies;
    private final Admissions admissions;
    private final TimeBasedEpochGenerator ids = Generators.timeBasedEpochGenerator();

    @Inject
    public Devices(Database database, Clock clock, Event<DeviceRemoved> removals) {
        this.database = database;
        this.clock = clock;
        this.removals = removals;
        shards = database.shards();
        copies = new DeviceCopies(database);
        admissions = new Admissions(database, clock);
    }

    /** Reads the database: what another node removed a moment ago is not found. */
    public Optional<Device> byId(UUID deviceId) {
        return database.inTransaction(
                transaction -> alive(transaction, deviceId).map(DeviceEntity::toDevice));
    }

    /** Those of the user, in the order of registration. */
    public List<Device> ofUser(UUID userId) {
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
     * Registers a device. Every message to or from this user that is stored after the return has an inbox entry for it;
     * every message without one can be read from the history by then. Of several databases every one has to know it, so while one is away
     * nobody can register a device.
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
            var entity = new DeviceEntity(device);
            if (shards.several()) {
                entity.withhold(device.lastActiveAt());
            }
            transaction.persist(entity);
            copies.mark(transaction, device.deviceId());
            return Optional.of(device);
        });
        if (registered.isPresent()) {
            if (shards.several() && !copies.give(registered.get(), MAX_PER_USER)) {
                return Optional.empty();
            }
            awaitAppendsUnderWay(userId);
        }
        return registered;
    }

    /** An append holds the row of its conversation from before it looks for devices until its commit. */
    private static final String PASS_APPENDS = """
            SELECT count(*) FROM (
              SELECT 1 FROM conversations WHERE ? IN (participant_1, participant_2)
              ORDER BY conversation_id FOR SHARE) passed
            """;

    /** Those that looked before the commit of the registration, so do not know the device, but have not committed yet. */
    private void awaitAppendsUnderWay(UUID userId) {
        shards.all(shard -> shard.query(connection -> {
            try (var select = connection.prepareStatement(PASS_APPENDS)) {
                select.setQueryTimeout(PASS_TIMEOUT_S);
                select.setObject(1, userId);
                return select.executeQuery().next();
            }
        }));
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
                    copies.mark(transaction, deviceId);
                    return entity.toDevice();
                }));
        copies.renew(deviceId);
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
            device.ifPresent(entity -> {
                entity.remove(clock.instant());
                copies.mark(transaction, deviceId);
            });
            return device.isPresent();
        });
        if (removed) {
            announce(new DeviceRemoved(userId, deviceId));
            new PendingInbox(database).giveUp(deviceId);
            copies.renew(deviceId);
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

    /**
     * Which of these are devices of those users that may connect now; that they are active now is noted. To each belongs the
     * number of its admission: in the whole cluster the connection with the highest number is the newest one of a device.
     *
     * <p>A number must not outlive who asked for it, or it would displace the connection with which the same device came again
     * while the database was away. So it is committed by a step of its own, which a client that got no answer never takes,
     * and only while all of them still want to come in; else once more for those who are left.
     *
     * @param wanted those who want to come in at the moment when it is asked; it is asked several times
     */
    public Map<OwnedDevice, Long> admit(Supplier<Set<OwnedDevice>> wanted) {
        return admissions.admit(wanted);
    }

    /** The number of the latest admission of each of these; one that was removed, on whatever node, or never was is absent. */
    public Map<UUID, Long> latestAdmissions(Collection<UUID> deviceIds) {
        return admissions.latest(deviceIds);
    }

    private static final String WITH_PUSH_TOKEN =
            "SELECT device_id, user_id FROM devices WHERE push_token IS NOT NULL AND removed_at IS NULL";

    /** All devices that have a push token, with their users. */
    public Map<UUID, UUID> withPushToken() {
        return database.query(connection -> {
            try (var select = connection.prepareStatement(WITH_PUSH_TOKEN);
                    var rows = select.executeQuery()) {
                Map<UUID, UUID> users = new HashMap<>();
                while (rows.next()) {
                    users.put(rows.getObject(1, UUID.class), rows.getObject(2, UUID.class));
                }
                return users;
            }
        });
    }

    private static final String FORGET_PUSH_TOKEN =
            "UPDATE devices SET push_token = NULL WHERE device_id = ? AND push_token = ?";

    /** The push service knows this token no more. One that took its place meanwhile stays. */
    public void forgetPushToken(UUID deviceId, String token) {
        copies.markAndChange(deviceId, connection -> {
            try (var update = connection.prepareStatement(FORGET_PUSH_TOKEN)) {
                update.setObject(1, deviceId);
                update.setString(2, token);
                return update.executeUpdate();
            }
        });
        copies.renew(deviceId);
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
