package io.duet.cluster;

import java.util.List;
import org.jgroups.Address;
import org.jgroups.Event;
import org.jgroups.PhysicalAddress;
import org.jgroups.View;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.JDBC_PING2;
import org.jgroups.protocols.PingData;
import org.jgroups.util.NameCache;
import org.jgroups.util.Responses;

/**
 * Discovery in the table {@code jgroups}, which is among our migrations. The coordinator keeps it: after each change of the
 * view it enters the members and takes out everybody else; a member of another part of a split cluster, taken out so, enters
 * itself again when it looks for the others. Public only because JGroups makes it by reflection.
 */
public final class DatabaseDiscovery extends JDBC_PING2 {
    /** A node that was killed leaves its row behind: whoever listens at its place now takes that over. */
    static final String INSERT = """
            INSERT INTO jgroups (address, name, cluster, ip, coord) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (cluster, ip) DO UPDATE
            SET address = excluded.address, name = excluded.name, coord = excluded.coord
            """;

    public DatabaseDiscovery() {
        id = ClassConfigurator.getProtocolId(JDBC_PING2.class);
        initialize_sql = null;
        insert_single_sql = INSERT;
        remove_all_data_on_view_change = true;
        write_data_on_find = true;
        register_shutdown_hook = false;
    }

    /**
     * A node that wants to enter tells those that are there where it is, before it asks them: else the coordinator could not
     * answer, and would take it for dead as soon as it has let it in.
     */
    @Override
    public void findMembers(List<Address> members, boolean initial, Responses responses) {
        if (initial) {
            learnExistingAddresses();
            var place = (PhysicalAddress) down(new Event(Event.GET_PHYSICAL_ADDRESS, local_addr));
            known().stream()
                    .filter(there -> !there.equals(local_addr))
                    .forEach(
                            there -> sendDiscoveryResponse(local_addr, place, NameCache.get(local_addr), there, false));
        }
        super.findMembers(members, initial, responses);
    }

    private List<Address> known() {
        try {
            return readFromDB(getClusterName()).stream()
                    .map(PingData::getAddress)
                    .toList();
        } catch (Exception e) {
            log.error("%s: cannot read who is there: %s", local_addr, e);
            return List.of();
        }
    }

    /** Not on the thread that installs the view: a database that hangs must not hold up the cluster. */
    @Override
    protected void handleView(View newView, View oldView, boolean coordinatorChanged) {
        timer.execute(() -> super.handleView(newView, oldView, coordinatorChanged));
    }

    /** Without the database a node can leave all the same; the others take its row out. */
    @Override
    protected void remove(String clusterName, Address address) {
        try {
            super.remove(clusterName, address);
        } catch (RuntimeException e) {
            log.debug("%s: its row in the database stays: %s", local_addr, e);
        }
    }
}
