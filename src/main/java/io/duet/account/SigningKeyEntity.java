package io.duet.account;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** A row of {@code signing_keys}: a key that signs, or once signed, tokens. */
@Entity(name = "SigningKey")
@Table(name = "signing_keys")
class SigningKeyEntity {

    @Id
    @Column(name = "key_id", columnDefinition = "text")
    private String keyId;

    @Column(nullable = false, updatable = false)
    private byte[] secret;

    @Column(name = "created_at", nullable = false, updatable = false)
    private Instant createdAt;

    protected SigningKeyEntity() {}

    SigningKeyEntity(String keyId, byte[] secret, Instant createdAt) {
        this.keyId = keyId;
        this.secret = secret;
        this.createdAt = createdAt;
    }

    String keyId() {
        return keyId;
    }

    byte[] secret() {
        return secret;
    }
}
