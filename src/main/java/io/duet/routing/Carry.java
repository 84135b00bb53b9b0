package io.duet.routing;

import java.util.List;
import java.util.function.Function;
import org.infinispan.factories.GlobalComponentRegistry;
import org.infinispan.manager.EmbeddedCacheManager;
import org.infinispan.protostream.WrappedMessage;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoTypeId;

/** The call that takes notices to another node and leaves them in its {@link Arrival}. */
@Proto
@ProtoTypeId(RoutingSchema.FIRST_TYPE_ID + 4)
record Carry(List<WrappedMessage> notices) implements Function<EmbeddedCacheManager, Boolean> {
    @Override
    public Boolean apply(EmbeddedCacheManager there) {
        Arrival arrival = GlobalComponentRegistry.componentOf(there, Arrival.class);
        if (arrival == null) {
            return false;
        }
        arrival.accept(notices.stream().map(WrappedMessage::getValue).toList());
        return true;
    }
}
