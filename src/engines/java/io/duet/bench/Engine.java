package io.duet.bench;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;

/** A way to the database of a conversation. */
interface Engine {
    String name();

    /** A connection that {@link #choose} and statements with a conversation's id can be used on. */
    Connection connect(UUID conversationId) throws SQLException;

    /** Says where statements go that name no conversation, until what is returned is closed. */
    Choice choose(UUID conversationId);

    /** Until it is closed. */
    interface Choice extends AutoCloseable {
        @Override
        void close();
    }
}
