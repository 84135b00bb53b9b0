package io.duet.cluster;

import java.io.ByteArrayInputStream;
import java.util.List;
import javax.sql.DataSource;
import org.infinispan.remoting.transport.jgroups.AbstractJGroupsChannelConfigurator;
import org.jgroups.JChannel;
import org.jgroups.conf.ConfiguratorFactory;
import org.jgroups.conf.ProtocolConfiguration;
import org.jgroups.conf.ProtocolStackConfigurator;
import org.jgroups.protocols.JDBC_PING2;
import org.jgroups.stack.Protocol;

/** Makes the channel for Infinispan, which would otherwise use a stack of its own that finds strangers by multicast. */
final class ChannelFromStack extends AbstractJGroupsChannelConfigurator {
    private final String name;
    private final ProtocolStackConfigurator stack;

    /**
     * @param xml a JGroups configuration
     * @param dataSource for discovery by database, if the stack has that
     */
    ChannelFromStack(String name, byte[] xml, DataSource dataSource) throws Exception {
        this.name = name;
        this.stack = ConfiguratorFactory.getStackConfigurator(new ByteArrayInputStream(xml));
        setDataSource(dataSource);
    }

    @Override
    public JChannel createChannel(String clusterName) throws Exception {
        return amendChannel(new JChannel(this));
    }

    @Override
    public void afterCreation(Protocol protocol) {
        if (protocol instanceof JDBC_PING2 discovery) {
            discovery.setDataSource(dataSource);
        }
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public String getProtocolStackString() {
        return stack.getProtocolStackString();
    }

    @Override
    public List<ProtocolConfiguration> getProtocolStack() {
        return stack.getProtocolStack();
    }
}
