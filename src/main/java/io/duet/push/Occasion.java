package io.duet.push;

import java.util.UUID;

/** What is to be done about a {@link Lease}. */
sealed interface Occasion {
    Lease lease();

    /** The device has to be told of a message. */
    record Tell(Lease lease, UUID userId, String token, Push.Arrival arrival) implements Occasion {
        /** The same by the name of whom the message is from. */
        Tell from(String sender) {
            return new Tell(lease, userId, token, arrival.from(sender));
        }
    }

    /** The device shows something that was read elsewhere. */
    record Clear(Lease lease, UUID userId, String token) implements Occasion {}

    /** The device was told and shows it; there is nothing new. */
    record Told(Lease lease) implements Occasion {}

    /** The device shows nothing, has no token or is gone. */
    record Settled(Lease lease) implements Occasion {}
}
