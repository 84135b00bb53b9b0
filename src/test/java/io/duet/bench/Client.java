package io.duet.bench;

import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;

/**
 * A device of the load: connects, introduces itself, keeps its heartbeat, and sorts the frames that it hears without parsing
 * them. The modes override what they are interested in.
 */
abstract class Client implements LoadConnection.Listener {
    static final byte[] SEQUENCE = Scan.key("sequence_number");
    static final byte[] CONTENT = Scan.key("content");
    static final byte[] CONVERSATION = Scan.key("conversation_id");
    static final byte[] CLIENT_MESSAGE_ID = Scan.key("client_message_id");

    private static final byte[] EVENT = Scan.key("event");
    static final byte[] PING = LoadConnection.prepare("{\"action\":\"ping\"}");
    private static final Duration HEARTBEAT = Duration.ofSeconds(30);

    final Loop loop;
    final Population.Account account;
    private LoadConnection connection;
    private boolean open;

    Client(Loop loop, Population.Account account) {
        this.loop = loop;
        this.account = account;
    }

    /** Connects to a node, from a local address or, with null, from any. */
    void connect(URI base, InetAddress source) {
        connection = loop.connect(base, source, account.token(), this);
    }

    /** Sends a ping every 30 s from now on, the first after a given share of that time. */
    void heartbeat(double share) {
        loop.after(Duration.ofMillis((long) (HEARTBEAT.toMillis() * share)), () -> {
            if (open) {
                connection.send(PING);
                heartbeat(1);
            }
        });
    }

    void send(byte[] frame) {
        connection.send(frame);
    }

    void acknowledge(String conversationId, long sequence) {
        send(LoadConnection.prepare("{\"action\":\"ack\",\"conversation_id\":\"" + conversationId
                + "\",\"sequence_number\":" + sequence + "}"));
    }

    void cut() {
        open = false;
        connection.cut();
    }

    @Override
    public final void opened() {
        open = true;
        send(LoadConnection.prepare("{\"action\":\"connect\",\"device_id\":\"" + account.deviceId() + "\"}"));
    }

    @Override
    public final void frame(byte[] bytes, int from, int to) {
        final int event = Scan.value(bytes, from, to, EVENT) + 1;
        switch (bytes[event]) {
            case 'c' -> {
                if (bytes[event + 1] == 'a') {
                    caughtUp();
                }
            }
            case 'n' -> message(bytes, from, to, Scan.number(bytes, Scan.value(bytes, from, to, SEQUENCE)));
            case 's' -> sent(bytes, from, to, Scan.number(bytes, Scan.value(bytes, from, to, SEQUENCE)));
            case 'd' -> delivered(bytes, from, to, Scan.number(bytes, Scan.value(bytes, from, to, SEQUENCE)));
            case 'e' -> error(new String(bytes, from, to - from, StandardCharsets.UTF_8));
            case 'p' -> {
                if (bytes[event + 1] == 'o') {
                    pong();
                }
            }
            default -> {}
        }
    }

    /** The UUID that is the value of a key, as text. */
    static String uuid(byte[] bytes, int from, int to, byte[] key) {
        return new String(bytes, Scan.value(bytes, from, to, key) + 1, 36, StandardCharsets.US_ASCII);
    }

    static UUID conversation(byte[] bytes, int from, int to) {
        return UUID.fromString(uuid(bytes, from, to, CONVERSATION));
    }

    void caughtUp() {}

    void pong() {}

    void message(byte[] bytes, int from, int to, long sequence) {}

    void sent(byte[] bytes, int from, int to, long sequence) {}

    void delivered(byte[] bytes, int from, int to, long sequence) {}

    void error(String frame) {
        throw new IllegalStateException("an error from the server: " + frame);
    }

    @Override
    public void closed(int code, String why) {
        open = false;
        throw new IllegalStateException("closed with " + code + ": " + why);
    }
}
