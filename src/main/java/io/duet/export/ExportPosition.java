package io.duet.export;

import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import io.duet.rest.Cursor;
import java.util.UUID;

/**
 * How far the export of a user has come: conversations go in the order of their ids, messages in that of their numbers.
 *
 * @param sequenceNumber of the last message that is there, or {@link #ALL} behind the last one
 */
record ExportPosition(UUID conversationId, long sequenceNumber) {
    static final ExportPosition START = new ExportPosition(new UUID(0, 0), 0);

    private static final String LIST = "export";
    private static final long ALL = Long.MAX_VALUE;

    static ExportPosition behind(UUID conversationId) {
        return new ExportPosition(conversationId, ALL);
    }

    boolean isBehind() {
        return sequenceNumber == ALL;
    }

    String cursor(UUID userId) {
        return Cursor.of(LIST, userId, conversationId, sequenceNumber).encode();
    }

    /** @throws ApiException {@code bad_request} for anything but a cursor of an export of this user */
    static ExportPosition decode(String cursor, UUID userId) {
        Cursor decoded = Cursor.decode(cursor, LIST, 3);
        long sequence = decoded.number(2);
        if (!decoded.uuid(0).equals(userId) || sequence < 0) {
            throw new ApiException(ErrorCode.BAD_REQUEST, "cursor is not one of an export of this user");
        }
        return new ExportPosition(decoded.uuid(1), sequence);
    }
}
