package io.duet.inbox;

import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/**
 * Which connection a device has. Immutable.
 *
 * @param displaced whom the present holder displaced, or null; kept so that a claim that is executed twice answers alike
 */
@Proto
@ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 1)
record Holding(Holder holder, Holder displaced) {
    static Holding by(Holder holder) {
        return new Holding(holder, null);
    }

    /** The newer one of both holds the device. */
    Holding claim(Holder claimant) {
        return claimant.isNewerThan(holder) ? new Holding(claimant, holder) : this;
    }
}
