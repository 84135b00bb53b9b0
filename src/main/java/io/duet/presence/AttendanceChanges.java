package io.duet.presence;

import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.infinispan.functional.EntryView.ReadWriteEntryView;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/** The changes of an attendance. They run on its owner under the lock of its key, and may run there a second time. */
final class AttendanceChanges {
    private AttendanceChanges() {}

    /** Answers whether the user came online by it. */
    @Proto
    @ProtoTypeId(PresenceSchema.FIRST_TYPE_ID + 2)
    record Arrive(Connection connection) implements Function<ReadWriteEntryView<UUID, Attendance>, Boolean> {
        @Override
        public Boolean apply(ReadWriteEntryView<UUID, Attendance> view) {
            Attendance before = view.find().orElse(null);
            if (before == null) {
                view.set(Attendance.openedBy(connection));
                return true;
            }
            view.set(before.with(connection));
            return before.openedBy().equals(connection.connectionId());
        }
    }

    /** Answers whether the named grace runs now. */
    @Proto
    @ProtoTypeId(PresenceSchema.FIRST_TYPE_ID + 3)
    record Depart(Connection connection, UUID departure)
            implements Function<ReadWriteEntryView<UUID, Attendance>, Boolean> {
        @Override
        public Boolean apply(ReadWriteEntryView<UUID, Attendance> view) {
            Attendance before = view.find().orElse(null);
            if (before == null) {
                return false;
            }
            Attendance after = before.without(connection, departure);
            if (after != before) {
                view.set(after);
            }
            return after.isLeaving(departure);
        }
    }

    /** Ends the named grace, unless it was ended already, and answers whether the user went offline by it. */
    @Proto
    @ProtoTypeId(PresenceSchema.FIRST_TYPE_ID + 4)
    record Lapse(UUID departure) implements Function<ReadWriteEntryView<UUID, Attendance>, Boolean> {
        @Override
        public Boolean apply(ReadWriteEntryView<UUID, Attendance> view) {
            boolean lapses =
                    view.find().filter(found -> found.isLeaving(departure)).isPresent();
            if (lapses) {
                view.remove();
            }
            return lapses;
        }
    }

    /** After a change of the view: takes out what gone nodes kept. Answers whether the named grace runs now. */
    @Proto
    @ProtoTypeId(PresenceSchema.FIRST_TYPE_ID + 5)
    record Bury(Set<String> nodes, UUID departure, String graceKeeper)
            implements Function<ReadWriteEntryView<UUID, Attendance>, Boolean> {
        @Override
        public Boolean apply(ReadWriteEntryView<UUID, Attendance> view) {
            Attendance before = view.find().orElse(null);
            if (before == null) {
                return false;
            }
            Attendance after = before.survivedBy(nodes, departure, graceKeeper);
            if (after != before) {
                view.set(after);
            }
            return after.isLeaving(departure);
        }
    }
}
