package io.duet.rest;

import io.duet.protocol.ErrorCode;
import io.duet.protocol.Identifier;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32;

/**
 * A position in a sorted list: the sort keys of the last item that was sent. To a client it is opaque text of the URL-safe
 * Base64 alphabet (RFC 4648, section 5). It names its list and the version of its form, and a checksum finds what was cut or
 * mistyped; it is no secret and grants nothing, since the list is filtered for the caller as always. Any thread.
 */
public final class Cursor {

    private static final char VERSION = '1';
    private static final String SEPARATOR = "\u001f";
    private static final int MAX_LENGTH = 1024;
    private static final int CHECKSUM_BYTES = 4;

    private final String list;
    private final List<String> keys;

    private Cursor(String list, List<String> keys) {
        this.list = list;
        this.keys = keys;
    }

    /**
     * @param list a name for the list, so that a cursor of another one is refused
     * @param keys the sort keys, each a {@link UUID}, {@link Instant}, {@link Long} or {@link String} without U+001F
     */
    public static Cursor of(String list, Object... keys) {
        return new Cursor(list, Arrays.stream(keys).map(Object::toString).toList());
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @param keys how many keys the list has
     * @throws ApiException {@code bad_request} when {@code text} is anything else; so do the accessors below
     */
    public static Cursor decode(String text, String list, int keys) {
        if (text.length() > MAX_LENGTH) {
            throw malformed();
        }
        final ByteBuffer bytes;
        try {
            bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
        } catch (IllegalArgumentException notBase64) {
            throw malformed();
        }
        if (bytes.remaining() < CHECKSUM_BYTES || bytes.getInt() != checksum(bytes.slice())) {
            throw malformed();
        }
        final List<String> parts = List.of(utf8(bytes).split(SEPARATOR, -1));
        if (parts.size() != keys + 1 || !parts.get(0).equals(VERSION + list)) {
            throw malformed();
        }
        return new Cursor(list, parts.subList(1, parts.size()));
    }

    /** The text for the client. */
    public String encode() {
        final List<String> parts = new ArrayList<>(keys.size() + 1);
        parts.add(VERSION + list);
        parts.addAll(keys);
        final byte[] body = String.join(SEPARATOR, parts).getBytes(StandardCharsets.UTF_8);
        final ByteBuffer bytes = ByteBuffer.allocate(CHECKSUM_BYTES + body.length)
                .putInt(checksum(ByteBuffer.wrap(body)))
                .put(body);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** The key at {@code index}, counted from 0, as text. */
    public String text(int index) {
        return keys.get(index);
    }

    /** The key at {@code index} as an identifier. */
    public UUID uuid(int index) {
        return Identifier.parse(keys.get(index)).orElseThrow(Cursor::malformed);
    }

    /** The key at {@code index} as an integer. */
    public long number(int index) {
        try {
            return Long.parseLong(keys.get(index));
        } catch (NumberFormatException notNumber) {
            throw malformed();
        }
    }

    /** The key at {@code index} as a point in time, exact to the nanosecond. */
    public Instant instant(int index) {
        try {
            return Instant.parse(keys.get(index));
        } catch (DateTimeException notInstant) {
            throw malformed();
        }
    }

    private static int checksum(ByteBuffer body) {
        final CRC32 crc = new CRC32();
        crc.update(body);
        return (int) crc.getValue();
    }

    private static String utf8(ByteBuffer bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException notUtf8) {
            throw malformed();
        }
    }

    private static ApiException malformed() {
        return new ApiException(ErrorCode.BAD_REQUEST, "cursor is not one that this list has given");
    }
}
