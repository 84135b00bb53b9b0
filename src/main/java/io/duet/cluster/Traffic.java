package io.duet.cluster;

import io.duet.platform.ClusterView;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.infinispan.manager.EmbeddedCacheManager;
import org.jgroups.protocols.MsgStats;

/** What this node says to the others, all protocols together, as JGroups counts it. */
final class Traffic implements MeterBinder {
    private final MsgStats sent;
    private final ClusterView view;

    Traffic(EmbeddedCacheManager manager, ClusterView view) {
        this.sent = CacheManagers.channelOf(manager)
                .getProtocolStack()
                .getTransport()
                .getMessageStats()
                .enable(true);
        this.view = view;
    }

    @Override
    public void bindTo(MeterRegistry meters) {
        Gauge.builder("duet.cluster.nodes", view, seen -> seen.members().size())
                .description("Nodes in the view of this one, itself included")
                .strongReference(true)
                .register(meters);
        FunctionCounter.builder("duet.cluster.messages.sent", sent, MsgStats::getNumMsgsSent)
                .description("Messages of all protocols to other nodes")
                .register(meters);
        FunctionCounter.builder("duet.cluster.sent", sent, MsgStats::getNumBytesSent)
                .description("Bytes of all protocols to other nodes")
                .baseUnit("bytes")
                .register(meters);
    }
}
