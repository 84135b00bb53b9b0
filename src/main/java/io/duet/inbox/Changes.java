package io.duet.inbox;

import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.infinispan.functional.EntryView.ReadWriteEntryView;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/**
 * The functions that travel to the owners of a device's entry and run there, on the primary and on the backup owner, under the
 * lock of its key. After a change of the view one may run a second time, so each has to bear that.
 */
final class Changes {
    private Changes() {}

    /** Answers who has to go: whom the claimant displaced, or the claimant where a newer one holds the device, or null. */
    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 12)
    record Claim(Holder claimant) implements Function<ReadWriteEntryView<UUID, Holding>, Holder> {
        @Override
        public Holder apply(ReadWriteEntryView<UUID, Holding> view) {
            Holding claimed = view.find().map(held -> held.claim(claimant)).orElseGet(() -> Holding.by(claimant));
            view.set(claimed);
            return claimed.holder().equals(claimant) ? claimed.displaced() : claimant;
        }
    }

    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 13)
    record Release(Holder former) implements Function<ReadWriteEntryView<UUID, Holding>, Boolean> {
        @Override
        public Boolean apply(ReadWriteEntryView<UUID, Holding> view) {
            boolean held = view.find()
                    .filter(holding -> former.equals(holding.holder()))
                    .isPresent();
            if (held) {
                view.remove();
            }
            return held;
        }
    }

    /**
     * After a change of the view: takes a device back that nobody who is still there holds by a newer connection. Answers
     * who holds it now.
     */
    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 15)
    record Reassert(Set<String> nodes) implements BiFunction<Holder, ReadWriteEntryView<UUID, Holding>, Held> {
        @Override
        public Held apply(Holder holder, ReadWriteEntryView<UUID, Holding> view) {
            Holding before = view.find().orElse(null);
            Holding after = before == null || !nodes.contains(before.holder().node())
                    ? Holding.by(holder)
                    : before.claim(holder);
            if (after != before) {
                view.set(after);
            }
            return new Held(view.key(), after.holder());
        }
    }

    /** After a change of the view: removes what a node held that is no longer there. */
    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 16)
    record Abandon(Set<String> nodes) implements BiFunction<Holder, ReadWriteEntryView<UUID, Holding>, Held> {
        @Override
        public Held apply(Holder gone, ReadWriteEntryView<UUID, Holding> view) {
            if (view.find().filter(held -> gone.equals(held.holder())).isPresent() && !nodes.contains(gone.node())) {
                view.remove();
            }
            return new Held(view.key(), null);
        }
    }
}
