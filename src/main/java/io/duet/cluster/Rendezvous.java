package io.duet.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.AsynchronousSocketChannel;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.jboss.logging.Logger;
import org.jgroups.Event;
import org.jgroups.JChannel;
import org.jgroups.util.Util;

/** The database that all nodes share, as the place where they meet. Everything here blocks. */
final class Rendezvous {
    private static final Logger LOG = Logger.getLogger(Rendezvous.class);
    private static final Duration PROBE = Duration.ofMillis(700);
    private static final Duration LAST_LOOK = Duration.ofMillis(100);
    private static final Duration SUCCESSION = Duration.ofSeconds(5);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final int TURN_S = 45;

    private final DataSource dataSource;

    Rendezvous(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /**
     * What the database keeps for all its nodes.
     *
     * @param id no cluster on another database has it in its name
     * @param secret for when none is configured
     */
    record Identity(String id, String secret) {
        @Override
        public String toString() {
            return "Identity[" + id + "]";
        }
    }

    Identity identity() throws SQLException {
        try (var connection = dataSource.getConnection();
                var row =
                        connection.createStatement().executeQuery("SELECT cluster_id, secret FROM cluster_identity")) {
            row.next();
            return new Identity(row.getString(1), row.getString(2));
        }
    }

    /**
     * The address of this machine from which the database is reached: the others, who reach it too, are most likely to
     * reach that one. Empty when something between them hides it.
     */
    Optional<InetAddress> ownAddress() throws SQLException {
        try (var connection = dataSource.getConnection();
                var row = connection.createStatement().executeQuery("SELECT host(inet_client_addr())")) {
            row.next();
            String address = row.getString(1);
            if (address == null) {
                return Optional.empty();
            }
            InetAddress found = InetAddress.getByName(address);
            return NetworkInterface.getByInetAddress(found) == null ? Optional.empty() : Optional.of(found);
        } catch (UnknownHostException | SocketException e) {
            LOG.debug("The address as the database sees it is none of this machine", e);
            return Optional.empty();
        }
    }

    /** The right to enter the cluster; closing it lets the next node enter. */
    interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * One node after the other enters a cluster, so that each finds those before it: nodes that start at once would
     * otherwise found a cluster each, and merge them later. Waits 45 s at most, then goes on without.
     */
    Turn awaitTurn(String cluster) throws SQLException {
        Connection connection = dataSource.getConnection();
        try {
            connection.setAutoCommit(false);
            try (var statement = connection.createStatement()) {
                statement.execute("SET LOCAL lock_timeout = '" + TURN_S + "s'");
                statement.execute("SET LOCAL idle_in_transaction_session_timeout = '" + TURN_S + "s'");
            }
            try (var lock = connection.prepareStatement("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))")) {
                lock.setString(1, "duet cluster " + cluster);
                lock.execute();
            } catch (SQLException e) {
                LOG.warnf("Enters the cluster although another node has been about to for %d s: %s", TURN_S, e);
            }
            return () -> end(connection);
        } catch (SQLException | RuntimeException e) {
            end(connection);
            throw e;
        }
    }

    private static void end(Connection connection) {
        try (connection) {
            connection.rollback();
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            LOG.debug("The turn ends with its connection", e);
        }
    }

    /**
     * Takes out the rows of nodes at whose place nobody listens: who asks them to be let in waits for seconds. Where nodes
     * are there, but no coordinator among them, waits a moment until one of them has become it.
     *
     * @param coordinators whether the rows tell who is coordinator, as those of discovery by database do
     * @return whether any node of this cluster is there
     */
    boolean forgetTheDead(String cluster, boolean coordinators) throws SQLException {
        long deadline = System.nanoTime() + SUCCESSION.toNanos();
        while (true) {
            if (anyoneAt(cluster, true)) {
                return true;
            }
            if (!anyoneAt(cluster, false)) {
                return false;
            }
            if (!coordinators || System.nanoTime() > deadline || !pause()) {
                return true;
            }
        }
    }

    private static boolean pause() {
        try {
            Thread.sleep(POLL.toMillis());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean anyoneAt(String cluster, boolean coordinator) throws SQLException {
        Map<String, Future<Void>> probes = new LinkedHashMap<>();
        List<AsynchronousSocketChannel> channels = new ArrayList<>();
        boolean anyone = false;
        try (var connection = dataSource.getConnection()) {
            for (var row : placesIn(connection, cluster, coordinator).entrySet()) {
                var channel = AsynchronousSocketChannel.open();
                channels.add(channel);
                probes.put(row.getKey(), channel.connect(row.getValue()));
            }
            long deadline = System.nanoTime() + PROBE.toNanos();
            for (var probe : probes.entrySet()) {
                if (answers(probe.getValue(), deadline)) {
                    anyone = true;
                } else {
                    LOG.infof("The node %s is gone", probe.getKey());
                    delete(connection, probe.getKey());
                }
            }
        } catch (IOException e) {
            LOG.warn("Rows of nodes that are gone may stay", e);
        } finally {
            channels.forEach(Rendezvous::close);
        }
        return anyone;
    }

    /**
     * Notes how the nodes of a cluster prove to each other who they are. While none of them is there another way may be
     * chosen.
     *
     * @param key a fingerprint of the secret, or that there is none
     * @throws IllegalStateException if nodes are there that do it in another way
     */
    void agreeOn(String cluster, String key, boolean others) throws SQLException {
        try (var connection = dataSource.getConnection();
                var agree = connection.prepareStatement("""
                        INSERT INTO cluster_keys (cluster, key) VALUES (?, ?)
                        ON CONFLICT (cluster) DO UPDATE SET key = CASE WHEN ? THEN cluster_keys.key ELSE excluded.key END
                        RETURNING key
                        """)) {
            agree.setString(1, cluster);
            agree.setString(2, key);
            agree.setBoolean(3, others);
            try (var row = agree.executeQuery()) {
                row.next();
                if (!row.getString(1).equals(key)) {
                    throw new IllegalStateException(
                            "duet.cluster.secret: the nodes that run have another one. It can only be"
                                    + " changed while all nodes are stopped");
                }
            }
        }
    }

    /** Notes that this node is there, where discovery by database does not. Its row goes when it is found dead. */
    void enter(String cluster, JChannel channel) throws SQLException {
        Object place = channel.down(new Event(Event.GET_PHYSICAL_ADDRESS, channel.getAddress()));
        try (var connection = dataSource.getConnection();
                var insert = connection.prepareStatement(DatabaseDiscovery.INSERT)) {
            insert.setString(1, Util.addressToString(channel.getAddress()));
            insert.setString(2, channel.getName());
            insert.setString(3, cluster);
            insert.setString(4, place.toString());
            insert.setBoolean(5, false);
            insert.executeUpdate();
        }
    }

    private static Map<String, InetSocketAddress> placesIn(Connection connection, String cluster, boolean coordinator)
            throws SQLException {
        Map<String, InetSocketAddress> places = new LinkedHashMap<>();
        try (var select =
                connection.prepareStatement("SELECT address, ip FROM jgroups WHERE cluster = ? AND coord = ?")) {
            select.setString(1, cluster);
            select.setBoolean(2, coordinator);
            try (var rows = select.executeQuery()) {
                while (rows.next()) {
                    places.put(rows.getString(1), place(rows.getString(2)));
                }
            }
        }
        return places;
    }

    private static InetSocketAddress place(String addressAndPort) {
        int colon = addressAndPort.lastIndexOf(':');
        return new InetSocketAddress(
                addressAndPort.substring(0, colon), Integer.parseInt(addressAndPort.substring(colon + 1)));
    }

    /** Looks once more when the time is over: it may be this node that stood still meanwhile, as it may while it starts. */
    static boolean answers(Future<Void> probe, long deadlineNanos) {
        return answersWithin(probe, deadlineNanos - System.nanoTime()) || answersWithin(probe, LAST_LOOK.toNanos());
    }

    private static boolean answersWithin(Future<Void> probe, long nanos) {
        try {
            probe.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private static void delete(Connection connection, String address) throws SQLException {
        try (var delete = connection.prepareStatement("DELETE FROM jgroups WHERE address = ?")) {
            delete.setString(1, address);
            delete.executeUpdate();
        }
    }

    private static void close(AsynchronousSocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("A probe stays open", e);
        }
    }
}
