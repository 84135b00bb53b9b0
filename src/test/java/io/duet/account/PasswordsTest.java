package io.duet.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordsTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private Passwords passwords(int concurrent, int waiting, Duration deadline) {
        return new Passwords(meters, Argon2.id(64, 1), new Passwords.Bounds(concurrent, waiting, deadline));
    }

    @Test
    void hashesWithTheParametersOfOwaspAndASaltOfItsOwn() {
        var passwords = new Passwords(meters);
        try (var slot = passwords.slot()) {
            String first = slot.hash("correct horse battery");
            String second = slot.hash("correct horse battery");
            assertThat(first).startsWith("$argon2id$v=19$m=19456,t=2,p=1$").isNotEqualTo(second);
            assertThat(slot.matches("correct horse battery", Optional.of(first)))
                    .isTrue();
            assertThat(slot.matches("correct horse batterz", Optional.of(first)))
                    .isFalse();
            assertThat(passwords.outdated(first)).isFalse();
        }
    }

    /** Computed by the reference implementation: echo -n password | argon2 somesalt -id -t 2 -k 256 -p 1 -l 32. */
    @Test
    void understandsHashesOfOtherParameters() {
        var passwords = passwords(1, 0, LONG);
        String reference = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        try (var slot = passwords.slot()) {
            assertThat(slot.matches("password", Optional.of(reference))).isTrue();
            assertThat(slot.matches("Password", Optional.of(reference))).isFalse();
        }
        assertThat(passwords.outdated(reference)).isTrue();
    }

    /** Computed by Password4j 1.8.4, with which passwords were hashed before. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "$argon2id$v=19$m=64,t=1,p=1$OUls9gKphwBrz/l6FcMhbw$VQcA/7PD5c1cl50zJ00uIrNneLZuJ2XLrwdlOE49n4s",
                "$argon2id$v=19$m=64,t=2,p=4$Sda/ZHEa5WNv6sQBhqdl8w$mBU9S13uyiscei9SX05K/bxi+UicCtuH",
                "$argon2i$v=16$m=64,t=2,p=4$hTz76LmdV7UAPkMThDqEog$Pid6ddFCbtfmgCkORsmRC5Abes77FdMl",
                "$argon2d$v=19$m=64,t=2,p=4$URV0jNUbDKpfsKRfOdZxKA$xyzHUAcjAKnNH1/lotnBmnS5n36lLYCG"
            })
    void understandsHashesOfAnotherLibrary(String stored) {
        assertThat(Argon2.matches("pässwörd – 🐎", stored)).isTrue();
        assertThat(Argon2.matches("passwörd – 🐎", stored)).isFalse();
    }

    @Test
    void refusesWhatIsNoHashWithoutShowingIt() {
        assertThatThrownBy(() -> Argon2.matches("password", "$2b$12$abcdefghijklmnopqrstuv"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("abcdef");
    }

    @Test
    void doesTheSameWorkForNobody() {
        var passwords = passwords(1, 0, LONG);
        try (var slot = passwords.slot()) {
            assertThat(slot.matches("nobody's password", Optional.empty())).isFalse();
        }
        assertThat(meters.get("duet.password.hashes").counter().count()).isEqualTo(1);
    }

    @Test
    void letsOnlySoManyHashAtOnce() {
        var passwords = passwords(1, 1, LONG);
        CompletableFuture<Void> second;
        try (var first = passwords.slot()) {
            assertThat(first).isNotNull();
            second = CompletableFuture.runAsync(() -> passwords.slot().close());
            await().atMost(LONG).until(passwords::waiting, waiting -> waiting == 1);
            assertThatThrownBy(passwords::slot).satisfies(PasswordsTest::isUnavailable);
            assertThat(second).isNotDone();
        }
        assertThat(second).succeedsWithin(LONG);
        passwords.slot().close();
    }

    @Test
    void waitsNoLongerThanItsDeadline() throws Exception {
        var passwords = passwords(1, 1, Duration.ofMillis(50));
        try (var first = passwords.slot()) {
            assertThat(first).isNotNull();
            for (int i = 0; i < 3; i++) { // and gives its place in the queue back
                var second = CompletableFuture.runAsync(passwords::slot);
                assertThatThrownBy(() -> second.get(30, TimeUnit.SECONDS))
                        .isInstanceOf(ExecutionException.class)
                        .cause()
                        .satisfies(PasswordsTest::isUnavailable);
            }
        }
        passwords.slot().close();
    }

    private static void isUnavailable(Throwable thrown) {
        assertThat(thrown)
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }
}
