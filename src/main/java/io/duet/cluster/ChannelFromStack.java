package io.duet.cluster;

import java.util.List;
import javax.sql.DataSource;
import org.infinispan.remoting.transport.jgroups.AbstractJGroupsChannelConfigurator;
import org.jgroups.JChannel;
import org.jgroups.conf.ProtocolConfiguration;
import org.jgroups.protocols.JDBC_PING2;
import org.jgroups.stack.Protocol;

/** Makes the channel for Infinispan, which would otherwise use a stack of its own that finds strangers by multicast. */
final class ChannelFromStack extends AbstractJGroupsChannelConfigurator {
    private final List<ProtocolConfiguration> stack;

    /** @param dataSource for discovery by database, if the stack has that */
    ChannelFromStack(List<ProtocolConfiguration> stack, DataSource dataSource) {
        this.stack = stack;
        setDataSource(dataSource);
    }

    @Override
    public JChannel createChannel(String clusterName) throws Exception {
        return amendChannel(new JChannel(this));
    }

    /** The table is among our migrations. A node that was killed leaves its row behind: the next one there takes it. */
    @Override
    public void afterCreation(Protocol protocol) {
        if (protocol instanceof JDBC_PING2 discovery) {
            discovery.setDataSource(dataSource);
            discovery.setInitializeSql(null);
            discovery.setInsertSingleSql("""
                    INSERT INTO jgroups (address, name, cluster, ip, coord) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (cluster, ip) DO UPDATE
                    SET address = excluded.address, name = excluded.name, coord = excluded.coord
                    """);
        }
    }

    @Override
    public String getName() {
        return "duet";
    }

    @Override
    public String getProtocolStackString() {
        return stack.toString();
    }

    @Override
    public List<ProtocolConfiguration> getProtocolStack() {
        return stack;
    }
}
