package io.duet.system.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers by DNS (RFC 1035) over UDP what IPv4 addresses one name has at this moment, as the one of a Kubernetes cluster does
 * for a headless service. It knows no other name.
 */
final class NameServer implements AutoCloseable {

    private static final int PORT = 53;
    private static final int LONGEST = 512;
    private static final int HEADER = 12;
    private static final short TYPE_A = 1;
    private static final short CLASS_IN = 1;
    private static final short AUTHORITATIVE = (short) 0x8400;
    private static final short NO_SUCH_NAME = 3;
    private static final short NAME_OF_QUESTION = (short) 0xC00C;
    private static final int TTL_SECONDS = 1;

    private final String name;
    private final DatagramSocket socket;
    private final AtomicInteger answered = new AtomicInteger();
    private volatile List<String> addresses = List.of();

    /** @param address of this machine to listen at */
    NameServer(String name, String address) {
        this.name = name;
        try {
            socket = new DatagramSocket(new InetSocketAddress(address, PORT));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var thread = new Thread(this::serve, "name-server");
        thread.setDaemon(true);
        thread.start();
    }

    /** What the name has from now on. */
    void say(List<String> newAddresses) {
        addresses = List.copyOf(newAddresses);
    }

    /** How often it has been asked for the addresses of the name. */
    int answered() {
        return answered.get();
    }

    /** What goes before the command line of a process that is to ask nobody but this server. */
    List<String> forOnly(Path directory) {
        try {
            Path file = Files.writeString(
                    directory.resolve("resolv.conf"),
                    "nameserver " + socket.getLocalAddress().getHostAddress() + "\n");
            return List.of("sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"", file.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve() {
        var packet = new DatagramPacket(new byte[LONGEST], LONGEST);
        while (!socket.isClosed()) {
            try {
                packet.setLength(LONGEST);
                socket.receive(packet);
                byte[] answer = answer(ByteBuffer.wrap(packet.getData(), 0, packet.getLength()));
                socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private byte[] answer(ByteBuffer query) throws IOException {
        final short id = query.getShort(0);
        query.position(HEADER);
        List<String> labels = new ArrayList<>();
        for (int length = query.get(); length > 0; length = query.get()) {
            byte[] label = new byte[length];
            query.get(label);
            labels.add(new String(label, US_ASCII));
        }
        final short type = query.getShort();
        query.getShort();
        final int endOfQuestion = query.position();
        final boolean known = String.join(".", labels).equalsIgnoreCase(name);
        final List<String> found = known && type == TYPE_A ? addresses : List.of();
        var answer = ByteBuffer.allocate(LONGEST);
        answer.putShort(id).putShort(known ? AUTHORITATIVE : (short) (AUTHORITATIVE | NO_SUCH_NAME));
        answer.putShort((short) 1)
                .putShort((short) found.size())
                .putShort((short) 0)
                .putShort((short) 0);
        answer.put(query.array(), HEADER, endOfQuestion - HEADER);
        for (String address : found) {
            answer.putShort(NAME_OF_QUESTION)
                    .putShort(TYPE_A)
                    .putShort(CLASS_IN)
                    .putInt(TTL_SECONDS);
            answer.putShort((short) 4).put(InetAddress.getByName(address).getAddress());
        }
        if (!found.isEmpty()) {
            answered.incrementAndGet();
        }
        byte[] bytes = new byte[answer.position()];
        answer.get(0, bytes);
        return bytes;
    }

    @Override
    public void close() {
        socket.close();
    }
}
