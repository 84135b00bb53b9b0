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
import org.infinispan.functional.MetaParam.MetaLifespan;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/**
 * The functions that travel to the owners of a window and run there, on the primary and on the backup owner, under the
 * lock of its key. After a change of the view one may run a second time, so each has to bear that.
 */
final class Changes {
    private Changes() {}

    private static void store(
            ReadWriteEntryView<UUID, Window> view, Window window, long absentLifespanMillis, long nowMillis) {
        if (window.holder() != null) {
            view.set(window);
        } else {
            view.set(window, new MetaLifespan(window.lifespanMillis(absentLifespanMillis, nowMillis)));
        }
    }

    /** A device without a window gets none: it would be incomplete and so of no use. */
    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 10)
    record Append(int mostEntries, int mostBytes, long absentLifespanMillis, long nowMillis)
            implements BiFunction<Arrivals, ReadWriteEntryView<UUID, Window>, Held> {
        @Override
        public Held apply(Arrivals arrivals, ReadWriteEntryView<UUID, Window> view) {
            Window window = view.find().orElse(null);
            if (window == null) {
                return new Held(view.key(), null);
            }
            store(view, window.append(arrivals.messages(), mostEntries, mostBytes), absentLifespanMillis, nowMillis);
            return new Held(view.key(), window.holder());
        }
    }

    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 11)
    record Acknowledge(long absentLifespanMillis, long nowMillis)
            implements BiFunction<Acknowledgements, ReadWriteEntryView<UUID, Window>, Held> {
        @Override
        public Held apply(Acknowledgements acknowledged, ReadWriteEntryView<UUID, Window> view) {
            view.find()
                    .ifPresent(window ->
                            store(view, window.acknowledge(acknowledged.all()), absentLifespanMillis, nowMillis));
            return new Held(view.key(), null);
        }
    }

    /** Answers whom the claimant displaced, or null. */
    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 12)
    record Claim(Holder claimant) implements Function<ReadWriteEntryView<UUID, Window>, Holder> {
        @Override
        public Holder apply(ReadWriteEntryView<UUID, Window> view) {
            Window claimed = view.find().map(window -> window.claim(claimant)).orElseGet(() -> Window.heldBy(claimant));
            view.set(claimed);
            return claimed.displaced();
        }
    }

    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 13)
    record Release(Holder former, long absentLifespanMillis, long nowMillis)
            implements Function<ReadWriteEntryView<UUID, Window>, Boolean> {
        @Override
        public Boolean apply(ReadWriteEntryView<UUID, Window> view) {
            Window window = view.find().orElse(null);
            if (window == null || !former.equals(window.holder())) {
                return false;
            }
            store(view, window.release(former, nowMillis), absentLifespanMillis, nowMillis);
            return true;
        }
    }

    /** Makes the window complete with what PostgreSQL had, unless it changed since. */
    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 14)
    record Refill(
            long versionAtRead,
            int epochAtRead,
            List<StoredMessage> messages,
            int mostEntries,
            int mostBytes,
            long absentLifespanMillis,
            long nowMillis)
            implements Function<ReadWriteEntryView<UUID, Window>, Boolean> {
        @Override
        public Boolean apply(ReadWriteEntryView<UUID, Window> view) {
            Window window = view.find().orElse(null);
            if (window == null) {
                return false;
            }
            Window filled = window.refill(versionAtRead, epochAtRead, messages, mostEntries, mostBytes);
            if (filled == window) {
                return false;
            }
            store(view, filled, absentLifespanMillis, nowMillis);
            return true;
        }
    }

    /** After a change of the view: takes a device back that nobody who is still there holds. */
    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 15)
    record Reassert(Set<String> nodes) implements BiFunction<Holder, ReadWriteEntryView<UUID, Window>, Held> {
        @Override
        public Held apply(Holder holder, ReadWriteEntryView<UUID, Window> view) {
            Window window = view.find().orElse(null);
            if (window == null) {
                view.set(Window.heldBy(holder));
            } else if (window.holder() == null
                    || !nodes.contains(window.holder().node())) {
                view.set(window.claim(holder));
            }
            return new Held(view.key(), null);
        }
    }

    /** After a change of the view: releases what a node held that is no longer there, so that it can expire. */
    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 16)
    record Abandon(Set<String> nodes, long absentLifespanMillis, long nowMillis)
            implements BiFunction<Holder, ReadWriteEntryView<UUID, Window>, Held> {
        @Override
        public Held apply(Holder gone, ReadWriteEntryView<UUID, Window> view) {
            view.find()
                    .filter(window -> gone.equals(window.holder()) && !nodes.contains(gone.node()))
                    .ifPresent(window -> store(view, window.release(gone, nowMillis), absentLifespanMillis, nowMillis));
            return new Held(view.key(), null);
        }
    }

    /** An append failed somewhere on its way: whatever the window holds may lack a message. */
    @Proto
    @ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 17)
    record Distrust(long absentLifespanMillis, long nowMillis)
            implements BiFunction<Boolean, ReadWriteEntryView<UUID, Window>, Held> {
        @Override
        public Held apply(Boolean ignored, ReadWriteEntryView<UUID, Window> view) {
            view.find().ifPresent(window -> store(view, window.distrust(), absentLifespanMillis, nowMillis));
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
                            ? new Page(window.version(), true, window.page(after, limit))
                            : new Page(window.version(), false, List.of()))
                    .orElse(Page.ABSENT);
        }
    }
}
