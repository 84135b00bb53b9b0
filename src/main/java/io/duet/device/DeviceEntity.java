package io.duet.device;

import io.duet.rest.Change;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** A row of {@code devices}; one that was removed stays, because receipts refer to it. */
@Entity(name = "Device")
@Table(name = "devices")
class DeviceEntity {

    @Id
    @Column(name = "device_id")
    private UUID deviceId;

    @Column(name = "user_id", nullable = false, updatable = false)
    private UUID userId;

    @Column(name = "device_type", nullable = false, updatable = false, length = 20)
    private String deviceType;

    @Column(name = "push_token", columnDefinition = "text")
    private String pushToken;

    @Column(length = 100)
    private String name;

    @Column(name = "last_active_at", nullable = false)
    private Instant lastActiveAt;

    @Column(name = "removed_at")
    private Instant removedAt;

    protected DeviceEntity() {}

    DeviceEntity(Device device) {
        deviceId = device.deviceId();
        userId = device.userId();
        deviceType = device.deviceType();
        name = device.name().orElse(null);
        pushToken = device.pushToken().orElse(null);
        lastActiveAt = device.lastActiveAt();
    }

    boolean alive() {
        return removedAt == null;
    }

    boolean isOf(UUID user) {
        return userId.equals(user);
    }

    void change(Change<String> newName, Change<String> newPushToken) {
        if (newName instanceof Change.To<String> to) {
            name = to.value().orElse(null);
        }
        if (newPushToken instanceof Change.To<String> to) {
            pushToken = to.value().orElse(null);
        }
    }

    /** It is there, for nobody yet. */
    void withhold(Instant now) {
        removedAt = now;
    }

    void remove(Instant now) {
        removedAt = now;
        pushToken = null;
    }

    Device toDevice() {
        return new Device(
                deviceId, userId, deviceType, Optional.ofNullable(name), Optional.ofNullable(pushToken), lastActiveAt);
    }
}
