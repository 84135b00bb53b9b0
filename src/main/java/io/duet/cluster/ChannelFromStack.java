package io.duet.cluster;

import java.io.ByteArrayInputStream;
import java.util.List;
import javax.sql.DataSource;
import org.infinispan.remoting.transport.jgroups.AbstractJGroupsChannelConfigurator;
import org.jgroups.JChannel;
import org.jgroups.conf.ProtocolConfiguration;
import org.jgroups.protocols.JDBC_PING2;

/** Makes the channel for Infinispan, which would otherwise use a stack of its own that finds strangers by multicast. */
final class ChannelFromStack extends AbstractJGroupsChannelConfigurator {
    private final String name;
    private final byte[] stack;

    /** @param stack a JGroups configuration in XML */
    ChannelFromStack(String name, byte[] stack, DataSource dataSource) {
        this.name = name;
        this.stack = stack;
        setDataSource(dataSource);
    }

    @Override
    public JChannel createChannel(String clusterName) throws Exception {
        var channel = new JChannel(new ByteArrayInputStream(stack));
        JDBC_PING2 discovery = channel.getProtocolStack().findProtocol(JDBC_PING2.class);
        if (discovery != null) {
            discovery.setDataSource(dataSource);
        }
        return amendChannel(channel);
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public String getProtocolStackString() {
        return name;
    }

    @Override
    public List<ProtocolConfiguration> getProtocolStack() {
        return List.of();
    }
}
