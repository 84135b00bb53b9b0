package io.duet.delivery;

import java.util.Map;
import java.util.UUID;

/** What became of a {@code connect}. */
public sealed interface ConnectOutcome {
    /**
     * The device holds its inbox by this connection now; an older connection of it is being closed.
     *
     * @param held per conversation the last sequence number of what the device has said to have, now acknowledged for good
     */
    record Connected(Connection connection, Map<UUID, Long> held) implements ConnectOutcome {}

    /** The token is not to be honoured. */
    record Unauthorized() implements ConnectOutcome {}

    /** No such device, or it is not the caller's. */
    record UnknownDevice() implements ConnectOutcome {}

    /** Database or cache cannot serve now. */
    record Unavailable() implements ConnectOutcome {}
}
