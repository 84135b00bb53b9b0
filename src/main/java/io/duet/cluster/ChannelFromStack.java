package io.duet.cluster;

import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.infinispan.remoting.transport.jgroups.AbstractJGroupsChannelConfigurator;
import org.jgroups.JChannel;
import org.jgroups.conf.ProtocolConfiguration;
import org.jgroups.protocols.JDBC_PING2;
import org.jgroups.protocols.TCP;
import org.jgroups.stack.Protocol;
import org.jgroups.util.TLS;
import org.jgroups.util.TLSClientAuth;

/** Makes the channel for Infinispan, which would otherwise use a stack of its own that finds strangers by multicast. */
final class ChannelFromStack extends AbstractJGroupsChannelConfigurator {
    private final List<ProtocolConfiguration> stack;
    private final Optional<SecretTls> tls;

    /**
     * @param dataSource for discovery by database, if the stack has that
     * @param tls for the traffic between nodes
     */
    ChannelFromStack(List<ProtocolConfiguration> stack, DataSource dataSource, Optional<SecretTls> tls) {
        this.stack = stack;
        this.tls = tls;
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
        } else if (protocol instanceof TCP transport && tls.isPresent()) {
            transport.setSocketFactory(new TLS()
                    .setClientAuth(TLSClientAuth.NEED)
                    .createSocketFactory(tls.get().context()));
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
