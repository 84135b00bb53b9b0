package io.duet.inbox;

import java.util.ArrayList;
import java.util.List;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/** What one device has acknowledged, by kind, as ProtoStream has no sealed types. */
@Proto
@ProtoTypeId(InboxSchema.FIRST_TYPE_ID + 7)
record Acknowledgements(List<Acknowledged.UpTo> upTo, List<Acknowledged.Message> messages) {
    static Acknowledgements none() {
        return new Acknowledgements(new ArrayList<>(), new ArrayList<>());
    }

    void add(Acknowledged what) {
        if (what instanceof Acknowledged.UpTo conversation) {
            upTo.add(conversation);
        } else if (what instanceof Acknowledged.Message message) {
            messages.add(message);
        }
    }

    List<Acknowledged> all() {
        var all = new ArrayList<Acknowledged>(upTo);
        all.addAll(messages);
        return all;
    }
}
