package io.duet.delivery;

/** What became of a {@code connect}. */
public sealed interface ConnectOutcome {
    /** The device holds its inbox by this connection now; an older connection of it is being closed. */
    record Connected(Connection connection) implements ConnectOutcome {}

    /** The token is not to be honoured. */
    record Unauthorized() implements ConnectOutcome {}

    /** No such device, or it is not the caller's. */
    record UnknownDevice() implements ConnectOutcome {}

    /** Database or cache cannot serve now. */
    record Unavailable() implements ConnectOutcome {}
}
