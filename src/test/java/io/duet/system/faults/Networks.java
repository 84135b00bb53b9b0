package io.duet.system.faults;

import io.duet.system.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network namespace for each node with two networks: one to this machine, for clients and the database, and one that only
 * the nodes share. Each can be cut without a word to either side.
 */
final class Networks implements AutoCloseable {

    private static final int MOST_SITES = 50;
    private static final int FIRST_NET = 200;
    /** Sites of this process so far; more than one may be there at a time. */
    private static final AtomicInteger SITES = new AtomicInteger();

    private final String prefix;
    private final String net;
    private final List<String> made = new ArrayList<>();
    private final int count;

    Networks(int count) {
        long site = ProcessHandle.current().pid() + SITES.getAndIncrement();
        this.count = count;
        prefix = "dt" + site % 100_000;
        net = "10." + (FIRST_NET + site % MOST_SITES) + ".";
        makeNamespace("hub");
        ip("-n " + namespace("hub") + " link add nodes type bridge");
        ip("-n " + namespace("hub") + " link set nodes up");
        for (int node = 0; node < count; node++) {
            makeNode(node);
        }
    }

    private void makeNamespace(String name) {
        ip("netns add " + namespace(name));
        made.add(namespace(name));
        ip("-n " + namespace(name) + " link set lo up");
    }

    private void makeNode(int node) {
        String space = namespace("n" + node);
        String outside = prefix + "o" + node;
        makeNamespace("n" + node);
        ip("link add " + outside + " type veth peer name out netns " + space);
        ip("addr add " + net + node + ".1/24 dev " + outside);
        ip("addr add " + databaseAddress(node) + "/24 dev " + outside);
        ip("link set " + outside + " up");
        ip("-n " + space + " addr add " + address(node) + "/24 dev out");
        ip("-n " + space + " link set out up");
        ip("-n " + space + " link add in type veth peer name port" + node + " netns " + namespace("hub"));
        ip("-n " + space + " addr add " + clusterAddress(node) + "/24 dev in");
        ip("-n " + space + " link set in up");
        ip("-n " + namespace("hub") + " link set port" + node + " master nodes");
        ip("-n " + namespace("hub") + " link set port" + node + " up");
    }

    private String namespace(String name) {
        return prefix + name;
    }

    /** What to put before a command that is to run on that node. */
    List<String> on(int node) {
        return List.of("ip", "netns", "exec", namespace("n" + node));
    }

    /** Where clients reach the node. */
    String address(int node) {
        return net + node + ".2";
    }

    /** Where the other nodes reach it. */
    String clusterAddress(int node) {
        return net + "100." + (node + 1);
    }

    /** Where the node reaches the database on this machine. */
    String databaseAddress(int node) {
        return net + node + ".3";
    }

    /** All addresses are in it. */
    String range() {
        return net + "0.0/16";
    }

    /** The node and the other nodes do not reach each other any more. */
    void cutFromNodes(int node) {
        ip("-n " + namespace("hub") + " link set port" + node + " down");
    }

    void joinNodes(int node) {
        ip("-n " + namespace("hub") + " link set port" + node + " up");
    }

    /** What the node sends to clients goes nowhere; the database is not concerned. */
    void cutFromClients(int node) {
        ip("-n " + namespace("n" + node) + " route add blackhole " + net + node + ".1/32");
    }

    void joinClients(int node) {
        ip("-n " + namespace("n" + node) + " route del blackhole " + net + node + ".1/32");
    }

    int count() {
        return count;
    }

    private static void ip(String arguments) {
        Command.run(("ip " + arguments).split(" "));
    }

    @Override
    public void close() {
        made.forEach(space -> ip("netns del " + space));
    }
}
