package io.duet.inbox;

import io.duet.message.StoredMessage;
import java.util.ArrayList;
import java.util.List;
import org.infinispan.protostream.annotations.ProtoAdapter;
import org.infinispan.protostream.annotations.ProtoFactory;
import org.infinispan.protostream.annotations.ProtoField;
import org.infinispan.protostream.annotations.ProtoTypeId;

/** A window on its way to another owner. */
@ProtoAdapter(Window.class)
@ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 5)
final class WindowAdapter {
    @ProtoFactory
    Window create(
            Holder holder,
            Holder displaced,
            long version,
            boolean complete,
            int epoch,
            List<StoredMessage> messages,
            List<Acknowledged.UpTo> acknowledgedUpTo,
            List<Acknowledged.Message> acknowledgedMessages) {
        var recent = new ArrayList<Acknowledged>(acknowledgedUpTo);
        recent.addAll(acknowledgedMessages);
        return Window.restored(holder, displaced, version, complete, epoch, messages, recent);
    }

    @ProtoField(1)
    Holder getHolder(Window window) {
        return window.holder();
    }

    @ProtoField(2)
    Holder getDisplaced(Window window) {
        return window.displaced();
    }

    @ProtoField(number = 3, defaultValue = "0")
    long getVersion(Window window) {
        return window.version();
    }

    @ProtoField(number = 4, defaultValue = "false")
    boolean isComplete(Window window) {
        return window.complete();
    }

    @ProtoField(number = 5, defaultValue = "0")
    int getEpoch(Window window) {
        return window.epoch();
    }

    @ProtoField(6)
    List<StoredMessage> getMessages(Window window) {
        return List.copyOf(window.entries().values());
    }

    @ProtoField(7)
    List<Acknowledged.UpTo> getAcknowledgedUpTo(Window window) {
        return window.recent().stream()
                .filter(Acknowledged.UpTo.class::isInstance)
                .map(Acknowledged.UpTo.class::cast)
                .toList();
    }

    @ProtoField(8)
    List<Acknowledged.Message> getAcknowledgedMessages(Window window) {
        return window.recent().stream()
                .filter(Acknowledged.Message.class::isInstance)
                .map(Acknowledged.Message.class::cast)
                .toList();
    }
}
