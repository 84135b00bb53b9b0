package io.duet.routing;

import java.util.List;
import java.util.function.Function;
import org.infinispan.factories.GlobalComponentRegistry;
import org.infinispan.manager.EmbeddedCacheManager;
import org.infinispan.protostream.WrappedMessage;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/**
 * The call that takes notices to another node and leaves them in its {@link Arrival}.
 *
 * @param from the node that sends it
 * @param number of that node's calls to any node, so that one which JGroups repeats after a split is known again
 */
@Proto
@ProtoTypeId(RoutingSchema.FIRST_TYPE_ID + 4)
record Carry(String from, long number, List<WrappedMessage> notices)
        implements Function<EmbeddedCacheManager, Boolean> {
    @Override
    public Boolean apply(EmbeddedCacheManager there) {
        Arrival arrival = GlobalComponentRegistry.componentOf(there, Arrival.class);
        if (arrival == null) {
            return false;
        }
        if (arrival.isNew(from, number)) {
            arrival.accept(notices.stream().map(WrappedMessage::getValue).toList());
        }
        return true;
    }
}
