package io.duet.platform;

import java.util.Map;
import java.util.stream.Collectors;
import org.infinispan.commons.IllegalLifecycleStateException;
import org.infinispan.factories.GlobalComponentRegistry;
import org.infinispan.manager.EmbeddedCacheManager;
import org.infinispan.remoting.transport.Address;
import org.infinispan.remoting.transport.Transport;

/**
 * The nodes of the cluster as this node sees them now, or saw them last when its cache manager has stopped. A node is named by the UUID that JGroups drew when it joined, so a
 * node that restarts is another node, whatever its configured name. Safe for all threads; never blocks.
 */
public final class ClusterView {
    private final Transport transport;
    private final String self;
    private volatile View latest;

    /** @param manager started */
    public ClusterView(EmbeddedCacheManager manager) {
        this.transport = GlobalComponentRegistry.componentOf(manager, Transport.class);
        this.self = id(transport.getAddress());
        this.latest = read();
    }

    public String self() {
        return self;
    }

    /** Grows with every change of the view; after a split was healed it is above what either side had. */
    public int epoch() {
        return current().epoch;
    }

    public boolean has(String node) {
        return current().members.containsKey(node);
    }

    /** The members by their names, this node included. */
    public Map<String, Address> members() {
        return current().members;
    }

    private View current() {
        View view = latest;
        try {
            if (view.epoch != transport.getViewId()) {
                view = read();
                latest = view;
            }
        } catch (IllegalLifecycleStateException e) {
            return view;
        }
        return view;
    }

    private View read() {
        int epoch = transport.getViewId();
        return new View(
                epoch,
                transport.getMembers().stream()
                        .collect(Collectors.toUnmodifiableMap(ClusterView::id, address -> address)));
    }

    private static String id(Address address) {
        return address.getNodeUUID().toString();
    }

    private record View(int epoch, Map<String, Address> members) {}
}
