package io.duet.routing;

import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.infinispan.functional.EntryView.ReadWriteEntryView;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/** The nodes that listen to what concerns one user. The changes run on the owner of the entry, maybe more than once. */
@Proto
@ProtoTypeId(RoutingSchema.FIRST_TYPE_ID)
record Topic(Set<String> nodes) {
    private static void store(ReadWriteEntryView<UUID, Topic> view, Set<String> nodes) {
        if (nodes.isEmpty()) {
            view.remove();
        } else {
            view.set(new Topic(Set.copyOf(nodes)));
        }
    }

    private static Set<String> nodesOf(ReadWriteEntryView<UUID, Topic> view) {
        return view.find().map(topic -> new HashSet<>(topic.nodes())).orElseGet(HashSet::new);
    }

    @Proto
    @ProtoTypeId(RoutingSchema.FIRST_TYPE_ID + 1)
    record Listen(String node) implements Function<ReadWriteEntryView<UUID, Topic>, Boolean> {
        @Override
        public Boolean apply(ReadWriteEntryView<UUID, Topic> view) {
            Set<String> nodes = nodesOf(view);
            boolean changed = nodes.add(node);
            if (changed) {
                store(view, nodes);
            }
            return changed;
        }
    }

    @Proto
    @ProtoTypeId(RoutingSchema.FIRST_TYPE_ID + 2)
    record Leave(String node) implements Function<ReadWriteEntryView<UUID, Topic>, Boolean> {
        @Override
        public Boolean apply(ReadWriteEntryView<UUID, Topic> view) {
            Set<String> nodes = nodesOf(view);
            boolean changed = nodes.remove(node);
            if (changed) {
                store(view, nodes);
            }
            return changed;
        }
    }

    /** Takes nodes out that are gone. */
    @Proto
    @ProtoTypeId(RoutingSchema.FIRST_TYPE_ID + 3)
    record Prune(Set<String> present) implements Function<ReadWriteEntryView<UUID, Topic>, Boolean> {
        @Override
        public Boolean apply(ReadWriteEntryView<UUID, Topic> view) {
            Set<String> nodes = nodesOf(view);
            boolean changed = nodes.retainAll(present);
            if (changed) {
                store(view, nodes);
            }
            return changed;
        }
    }
}
