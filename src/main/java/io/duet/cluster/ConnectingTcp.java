package io.duet.cluster;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import org.jgroups.Address;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.logging.LogFactory;
import org.jgroups.protocols.TCP;

/**
 * TCP for which a node that does not answer holds nobody up. The one thread that sends to all nodes would wait for a
 * connection to each that was cut off or stands still — a second for TCP, without an end for the TLS handshake — and after
 * a few such waits the others would miss its heartbeats and take it for dead. So a thread of its own connects, and sends
 * what was to go to that node meanwhile; of that 256 messages wait, more are dropped, as a network would (the protocols above
 * send again). Safe for all threads. Public only because JGroups makes it by reflection.
 */
public final class ConnectingTcp extends TCP {
    private static final int MOST_WAITING = 256;

    private final Map<Address, Connecting> connecting = new ConcurrentHashMap<>();

    public ConnectingTcp() {
        id = ClassConfigurator.getProtocolId(TCP.class);
    }

    /** What its connections have to say stands in the log under the name that those who know JGroups look for. */
    @Override
    public void start() throws Exception {
        super.start();
        srv.log(LogFactory.getLog(TCP.class));
    }

    @Override
    public void send(Address dest, byte[] data, int offset, int length) throws Exception {
        if (srv == null) {
            return;
        }
        final boolean established = srv.connectionEstablishedTo(dest) || dest.equals(srv.localAddress());
        if (established && !connecting.containsKey(dest)) {
            super.send(dest, data, offset, length);
        } else {
            sendWhenConnected(dest, Arrays.copyOfRange(data, offset, offset + length));
        }
    }

    private void sendWhenConnected(Address dest, byte[] message) {
        connecting.compute(dest, (key, present) -> {
            final Connecting those = present == null ? new Connecting(dest) : present;
            those.add(message);
            if (present == null) {
                getThreadFactory().newThread(those, "connect-" + dest).start();
            }
            return those;
        });
    }

    private void sendNow(Address dest, byte[] message) throws Exception {
        super.send(dest, message, 0, message.length);
    }

    /** What waits for one connection, and the thread that makes it. */
    private final class Connecting implements Runnable {
        private final Address dest;
        private final Queue<byte[]> waiting = new ArrayDeque<>();

        Connecting(Address dest) {
            this.dest = dest;
        }

        synchronized void add(byte[] message) {
            if (waiting.size() < MOST_WAITING) {
                waiting.add(message);
            }
        }

        private synchronized byte[] next() {
            return waiting.peek();
        }

        private synchronized void sent() {
            waiting.remove();
        }

        private synchronized boolean isEmpty() {
            return waiting.isEmpty();
        }

        @Override
        public void run() {
            try {
                do {
                    for (byte[] message = next(); message != null; message = next()) {
                        sendNow(dest, message);
                        sent();
                    }
                } while (connecting.computeIfPresent(dest, (key, those) -> isEmpty() ? null : those) != null);
            } catch (Exception unreachable) {
                log.trace("%s: nothing can be sent to %s: %s", local_addr, dest, unreachable);
                connecting.remove(dest, this);
            }
        }
    }
}
