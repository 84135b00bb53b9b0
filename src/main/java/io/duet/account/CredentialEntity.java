package io.duet.account;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;

/** A row of {@code credentials}: the hash of a local account's password. */
@Entity(name = "Credential")
@Table(name = "credentials")
class CredentialEntity {

    @Id
    @Column(name = "user_id")
    private UUID userId;

    @Column(name = "password_hash", nullable = false, columnDefinition = "text")
    private String passwordHash;

    @Column(name = "updated_at", nullable = false)
    private Instant updatedAt;

    protected CredentialEntity() {}

    void change(String hash, Instant now) {
        passwordHash = hash;
        updatedAt = now;
    }
}
