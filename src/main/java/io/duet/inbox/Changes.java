package io.duet.inbox;

import io.duet.message.Position;
import io.duet.message.StoredMessage;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.infinispan.functional.EntryView.ReadEntryView;
import org.infinispan.functional.EntryView.ReadWriteEntryView;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/**
 * The functions that travel to the owners of a window and run there, on the primary and on the backup owner, under the
 * lock of its key. After a change of the view one may run a second time, so each has to bear that.
 */
final class Changes {
    private Changes() {}

    /** A device without a window gets none: it would be incomplete and so of no use. */
    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 10)
    record Append(int mostEntries, int mostBytes)
            implements BiFunction<Arrivals, ReadWriteEntryView<UUID, Window>, Held> {
        @Override
        public Held apply(Arrivals arrivals, ReadWriteEntryView<UUID, Window> view) {
            Window window = view.find().orElse(null);
            if (window == null) {
                return new Held(view.key(), null);
            }
            view.set(window.append(arrivals.messages(), mostEntries, mostBytes));
            return new Held(view.key(), window.holder());
        }
    }

    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 11)
    record Acknowledge() implements BiFunction<Acknowledgements, ReadWriteEntryView<UUID, Window>, Held> {
        @Override
        public Held apply(Acknowledgements acknowledged, ReadWriteEntryView<UUID, Window> view) {
            view.find().ifPresent(window -> view.set(window.acknowledge(acknowledged.all())));
            return new Held(view.key(), null);
        }
    }

    /** Answers who has to go: whom the claimant displaced, or the claimant where a newer one holds the device, or null. */
    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 12)
    record Claim(Holder claimant) implements Function<ReadWriteEntryView<UUID, Window>, Holder> {
        @Override
        public Holder apply(ReadWriteEntryView<UUID, Window> view) {
            Window claimed = view.find().map(window -> window.claim(claimant)).orElseGet(() -> Window.heldBy(claimant));
            view.set(claimed);
            return claimed.holder().equals(claimant) ? claimed.displaced() : claimant;
        }
    }

    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 13)
    record Release(Holder former) implements Function<ReadWriteEntryView<UUID, Window>, Boolean> {
        @Override
        public Boolean apply(ReadWriteEntryView<UUID, Window> view) {
            boolean held =
                    view.find().filter(window -> former.equals(window.holder())).isPresent();
            if (held) {
                view.remove();
            }
            return held;
        }
    }

    /** Makes the window complete with what PostgreSQL had, unless it changed since. */
    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 14)
    record Refill(
            Holder holderAtRead,
            long versionAtRead,
            int epochAtRead,
            List<StoredMessage> messages,
            int mostEntries,
            int mostBytes)
            implements Function<ReadWriteEntryView<UUID, Window>, Boolean> {
        @Override
        public Boolean apply(ReadWriteEntryView<UUID, Window> view) {
            Window window = view.find().orElse(null);
            if (window == null) {
                return false;
            }
            Window filled = window.refill(holderAtRead, versionAtRead, epochAtRead, messages, mostEntries, mostBytes);
            if (filled == window) {
                return false;
            }
            view.set(filled);
            return true;
        }
    }

    /**
     * After a change of the view: takes a device back that nobody who is still there holds by a newer connection. Answers
     * who holds it now.
     */
    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 15)
    record Reassert(Set<String> nodes) implements BiFunction<Holder, ReadWriteEntryView<UUID, Window>, Held> {
        @Override
        public Held apply(Holder holder, ReadWriteEntryView<UUID, Window> view) {
            Window window = view.find().orElse(null);
            Window after;
            if (window == null) {
                after = Window.heldBy(holder);
            } else if (!nodes.contains(window.holder().node())) {
                after = window.inherit(holder);
            } else {
                after = window.claim(holder);
            }
            if (after != window) {
                view.set(after);
            }
            return new Held(view.key(), after.holder());
        }
    }

    /** After a change of the view: removes what a node held that is no longer there. */
    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 16)
    record Abandon(Set<String> nodes) implements BiFunction<Holder, ReadWriteEntryView<UUID, Window>, Held> {
        @Override
        public Held apply(Holder gone, ReadWriteEntryView<UUID, Window> view) {
            if (view.find().filter(window -> gone.equals(window.holder())).isPresent()
                    && !nodes.contains(gone.node())) {
                view.remove();
            }
            return new Held(view.key(), null);
        }
    }

    /** An append failed somewhere on its way: whatever the window holds may lack a message. */
    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 17)
    record Distrust() implements BiFunction<Boolean, ReadWriteEntryView<UUID, Window>, Held> {
        @Override
        public Held apply(Boolean ignored, ReadWriteEntryView<UUID, Window> view) {
            view.find().ifPresent(window -> view.set(window.distrust()));
            return new Held(view.key(), null);
        }
    }

    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 18)
    record Read(Position after, int limit, int epoch) implements Function<ReadEntryView<UUID, Window>, Page> {
        @Override
        public Page apply(ReadEntryView<UUID, Window> view) {
            return view.find()
                    .map(window -> window.completeIn(epoch)
                            ? new Page(window.holder(), window.version(), true, window.page(after, limit))
                            : new Page(window.holder(), window.version(), false, List.of()))
                    .orElse(Page.ABSENT);
        }
    }
}
