package io.duet.cluster;

import java.net.SocketException;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.sql.DataSource;
import org.infinispan.remoting.transport.jgroups.AbstractJGroupsChannelConfigurator;
import org.jboss.logging.Logger;
import org.jgroups.JChannel;
import org.jgroups.conf.ProtocolConfiguration;
import org.jgroups.protocols.JDBC_PING2;
import org.jgroups.protocols.TCP;
import org.jgroups.stack.Protocol;
import org.jgroups.util.DefaultSocketFactory;
import org.jgroups.util.SocketFactory;

/** Makes the channel for Infinispan, which would otherwise use a stack of its own that finds strangers by multicast. */
final class ChannelFromStack extends AbstractJGroupsChannelConfigurator {
    private static final Logger LOG = Logger.getLogger(ChannelFromStack.class);
    private static final int HANDSHAKE_TIMEOUT_MS = 3_000;

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
            transport.setSocketFactory(socketsOf(tls.get()));
        }
    }

    private static SocketFactory socketsOf(SecretTls tls) {
        var sockets = new DefaultSocketFactory(tls.context());
        sockets.setSocketConfigurator(socket -> limitHandshake((SSLSocket) socket));
        sockets.setServerSocketConfigurator(socket -> ((SSLServerSocket) socket).setNeedClientAuth(true));
        return sockets;
    }

    /** A node that stands still accepts connections, and would never answer. Once connected, silence is nothing unusual. */
    private static void limitHandshake(SSLSocket socket) {
        try {
            socket.setSoTimeout(HANDSHAKE_TIMEOUT_MS);
        } catch (SocketException e) {
            throw new IllegalStateException(e);
        }
        socket.addHandshakeCompletedListener(done -> {
            try {
                done.getSocket().setSoTimeout(0);
            } catch (SocketException closed) {
                LOG.debugf("A connection was closed as soon as it was there: %s", closed);
            }
        });
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
