package io.duet.cluster;

import io.duet.platform.ClusterView;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.infinispan.factories.GlobalComponentRegistry;
import org.infinispan.manager.EmbeddedCacheManager;
import org.infinispan.remoting.transport.Transport;
import org.infinispan.remoting.transport.jgroups.JGroupsTransport;
import org.jgroups.protocols.MsgStats;

/** What this node says to the others, all protocols together, as JGroups counts it. */
final class Traffic implements MeterBinder {
    private final MsgStats sent;
    private final ClusterView view;

    Traffic(EmbeddedCacheManager manager, ClusterView view) {
        var transport = (JGroupsTransport) GlobalComponentRegistry.componentOf(manager, Transport.class);
        this.sent = transport.getChannel().getProtocolStack().getTransport().getMessageStats();
        this.view = view;
    }

    @Override
    public void bindTo(MeterRegistry meters) {
        Gauge.builder("duet.cluster.nodes", view, seen -> seen.members().size())
                .strongReference(true)
                .register(meters);
        FunctionCounter.builder("duet.cluster.messages.sent", sent, MsgStats::getNumMsgsSent)
                .register(meters);
        FunctionCounter.builder("duet.cluster.bytes.sent", sent, MsgStats::getNumBytesSent)
                .baseUnit("bytes")
                .register(meters);
    }
}
