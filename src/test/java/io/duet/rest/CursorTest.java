package io.duet.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.duet.protocol.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CursorTest {

    private static final UUID ID = UUID.fromString("0190a7e2-1111-7abc-8def-0123456789ab");
    private static final Instant TIME = Instant.parse("2026-03-01T09:30:00.123456Z");

    private static void assertRefused(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(ApiException.class, refusal -> {
                    assertThat(refusal.code()).isEqualTo(ErrorCode.BAD_REQUEST);
                    assertThat(refusal.status()).isEqualTo(400);
                })
                .hasMessage("cursor is not one that this list has given");
    }

    @Test
    void givesBackTheKeys() {
        final String text = Cursor.of("list", TIME, ID, 7L, "é😀").encode();
        assertThat(text).matches("[A-Za-z0-9_-]+");
        final Cursor cursor = Cursor.decode(text, "list", 4);
        assertThat(cursor.instant(0)).isEqualTo(TIME);
        assertThat(cursor.uuid(1)).isEqualTo(ID);
        assertThat(cursor.number(2)).isEqualTo(7);
        assertThat(cursor.text(3)).isEqualTo("é😀");
        assertThat(new PageRequest(1, Optional.of(text)).after("list", 4)).isPresent();
        assertThat(new PageRequest(1, Optional.empty()).after("list", 4)).isEmpty();
    }

    @Test
    void keepsItsForm() {
        assertThat(Cursor.of("users", "alice").encode()).isEqualTo("UH8fijF1c2Vycx9hbGljZQ");
        assertThat(Cursor.decode("UH8fijF1c2Vycx9hbGljZQ", "users", 1).text(0)).isEqualTo("alice");
    }

    @Test
    void belongsToItsList() {
        final String text = Cursor.of("users", "alice").encode();
        assertRefused(() -> Cursor.decode(text, "conversations", 1));
        assertRefused(() -> Cursor.decode(text, "users", 2));
        assertRefused(() -> Cursor.decode(text, "users", 0));
    }

    @Test
    void everyCutAndEveryChangedCharacterIsFound() {
        final String text = Cursor.of("users", "alice").encode();
        for (int i = 0; i < text.length(); i++) {
            final int length = i;
            assertRefused(() -> Cursor.decode(text.substring(0, length), "users", 1));
            final String changed = text.substring(0, i) + (text.charAt(i) == 'A' ? 'E' : 'A') + text.substring(i + 1);
            assertRefused(() -> Cursor.decode(changed, "users", 1));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "x", "!!!!", "AAAA", "AAAAAA", "bnVsbA", "é", "eyJhIjoxfQ==", "../../etc", "%00", "0", "-1"})
    void anythingElseIsRefused(String text) {
        assertRefused(() -> Cursor.decode(text, "users", 1));
    }

    @Test
    void lengthIsBounded() {
        assertRefused(() -> Cursor.decode("A".repeat(100_000), "users", 1));
        assertThat(Cursor.decode(Cursor.of("users", "a".repeat(700)).encode(), "users", 1)
                        .text(0))
                .hasSize(700);
    }

    @Test
    void keysOfAnotherKindAreRefused() {
        final Cursor cursor = Cursor.decode(Cursor.of("list", "x").encode(), "list", 1);
        assertRefused(() -> cursor.instant(0));
        assertRefused(() -> cursor.uuid(0));
        assertRefused(() -> cursor.number(0));
    }

    @Test
    void whatIsNotUtf8IsRefused() {
        final byte[] body = {'1', 'l', 0x1f, (byte) 0xc3};
        final java.util.zip.CRC32 crc = new java.util.zip.CRC32();
        crc.update(body);
        final byte[] bytes = java.nio.ByteBuffer.allocate(4 + body.length)
                .putInt((int) crc.getValue())
                .put(body)
                .array();
        final String text =
                new String(Base64.getUrlEncoder().withoutPadding().encode(bytes), StandardCharsets.US_ASCII);
        assertRefused(() -> Cursor.decode(text, "l", 1));
    }
}
