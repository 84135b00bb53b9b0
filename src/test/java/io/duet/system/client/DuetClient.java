package io.duet.system.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/**
 * One well-behaved connection of one device: a thread reads all the time, answers pings and closes, and keeps every
 * frame. A test takes frames by event; what it does not ask for stays to be taken later. Every wait ends after
 * {@link #DEADLINE} at the latest with an error that shows all frames. Any thread may call.
 */
public final class DuetClient implements AutoCloseable {

    public static final Duration DEADLINE = Duration.ofSeconds(15);

    private final RawWebSocket socket;
    private final Consumer<JsonNode> witness;
    private final List<JsonNode> received = new ArrayList<>();
    private final List<JsonNode> untaken = new ArrayList<>();
    private Incoming end;

    /** Takes over a socket that is just open. */
    public DuetClient(RawWebSocket socket, Consumer<JsonNode> witness) {
        this.socket = socket;
        this.witness = witness;
        Thread reader = new Thread(this::read, "duet-client");
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        Incoming incoming = null;
        try {
            do {
                incoming = socket.receive(Duration.ofMinutes(10));
                if (incoming instanceof Incoming.Text text) {
                    keep(Json.parse(text.text()));
                } else if (incoming instanceof Incoming.Ping ping) {
                    socket.sendPong(ping.bytes());
                } else if (incoming instanceof Incoming.Close close) {
                    end(close);
                    socket.sendFrame(
                            true,
                            RawWebSocket.CLOSE,
                            ByteBuffer.allocate(2)
                                    .putShort((short) close.code())
                                    .array());
                    return;
                }
            } while (!(incoming instanceof Incoming.Gone));
            end(incoming);
        } catch (IOException | RuntimeException | AssertionError failure) {
            end(new Incoming.Gone(failure.toString()));
        }
    }

    private void keep(JsonNode frame) {
        witness.accept(frame);
        synchronized (this) {
            received.add(frame);
            untaken.add(frame);
            notifyAll();
        }
    }

    private synchronized void end(Incoming how) {
        if (end == null) {
            end = how;
        }
        notifyAll();
    }

    public RawWebSocket socket() {
        return socket;
    }

    public void send(Map<String, ?> frame) throws IOException {
        socket.sendText(Json.write(frame));
    }

    public void sendMessage(UUID conversationId, String content, String clientMessageId) throws IOException {
        send(Map.of(
                "action", "send_message",
                "conversation_id", conversationId,
                "content", content,
                "client_message_id", clientMessageId));
    }

    /** Sends a message under a fresh id and gives the {@code sent} that answers it. */
    public JsonNode say(UUID conversationId, String content) throws IOException {
        String clientMessageId = UUID.randomUUID().toString();
        sendMessage(conversationId, content, clientMessageId);
        return expect("sent", sent -> clientMessageId.equals(Json.text(sent, "client_message_id")));
    }

    public void ackUpTo(UUID conversationId, long sequenceNumber) throws IOException {
        send(Map.of("action", "ack", "conversation_id", conversationId, "sequence_number", sequenceNumber));
    }

    public void ackMessage(UUID messageId) throws IOException {
        send(Map.of("action", "ack", "message_id", messageId));
    }

    public void read(UUID conversationId, long lastReadSequence) throws IOException {
        send(Map.of(
                "action", "read_receipt", "conversation_id", conversationId, "last_read_sequence", lastReadSequence));
    }

    public void sync(UUID conversationId, long afterSequence, Integer limit) throws IOException {
        Map<String, Object> frame = new LinkedHashMap<>();
        frame.put("action", "sync");
        frame.put("conversation_id", conversationId);
        frame.put("after_sequence", afterSequence);
        if (limit != null) {
            frame.put("limit", limit);
        }
        send(frame);
    }

    public void typing(UUID conversationId) throws IOException {
        send(Map.of("action", "typing", "conversation_id", conversationId));
    }

    /** A round trip: everything that the server had queued for this connection before is here afterwards. */
    public void ping() throws IOException {
        send(Map.of("action", "ping"));
        expect("pong");
    }

    /** Takes the next frame of this event. */
    public JsonNode expect(String event) {
        return expect(event, frame -> true);
    }

    /** Takes the first frame of this event that matches and has not been taken. */
    public JsonNode expect(String event, Predicate<JsonNode> matching) {
        return expect(event, matching, DEADLINE);
    }

    public JsonNode expect(String event, Predicate<JsonNode> matching, Duration within) {
        return take(event, frame -> event.equals(event(frame)) && matching.test(frame), within);
    }

    /** Takes the next frame of one of these events. */
    public JsonNode expectAny(String... events) {
        List<String> wanted = List.of(events);
        return take(String.join(" or ", wanted), frame -> wanted.contains(event(frame)), DEADLINE);
    }

    private synchronized JsonNode take(String what, Predicate<JsonNode> matching, Duration within) {
        long deadline = System.nanoTime() + within.toNanos();
        while (true) {
            for (Iterator<JsonNode> frames = untaken.iterator(); frames.hasNext(); ) {
                JsonNode frame = frames.next();
                if (matching.test(frame)) {
                    frames.remove();
                    return frame;
                }
            }
            if (end != null) {
                throw new AssertionError("no " + what + " before " + end + "; received " + tail());
            }
            waitUntil(deadline, "no matching " + what);
        }
    }

    /** Takes {@code count} frames of this event, in the order of arrival. */
    public List<JsonNode> expect(String event, int count) {
        List<JsonNode> frames = new ArrayList<>();
        while (frames.size() < count) {
            frames.add(expect(event));
        }
        return frames;
    }

    /** Takes the next error and asserts its code. */
    public JsonNode expectError(String code) {
        JsonNode error = expect("error");
        if (!code.equals(Json.text(error, "code"))) {
            throw new AssertionError("expected error " + code + ", got " + error);
        }
        return error;
    }

    /** Waits for the end of the connection and asserts that it was a close frame of this code. */
    public Incoming.Close expectClose(int code) {
        return expectClose(code, DEADLINE);
    }

    public synchronized Incoming.Close expectClose(int code, Duration within) {
        if (expectEnd(within) instanceof Incoming.Close close && close.code() == code) {
            return close;
        }
        throw new AssertionError("expected close " + code + ", got " + end + "; received " + tail());
    }

    /** Waits for the end of the connection, with a close frame or without one. */
    public synchronized Incoming expectEnd(Duration within) {
        long deadline = System.nanoTime() + within.toNanos();
        while (end == null) {
            waitUntil(deadline, "no end of the connection");
        }
        return end;
    }

    /** Whether neither side has ended the connection. */
    public synchronized boolean open() {
        return end == null;
    }

    private void waitUntil(long deadline, String missing) {
        long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        if (left <= 0) {
            throw new AssertionError(missing + " in time; received " + tail());
        }
        try {
            wait(left);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError(missing + ": interrupted", interrupted);
        }
    }

    private String tail() {
        int from = Math.max(0, received.size() - 30);
        return received.size() + " frames: " + (from > 0 ? "… " : "") + received.subList(from, received.size());
    }

    /** Every frame so far, in the order of arrival. */
    public synchronized List<JsonNode> received() {
        return List.copyOf(received);
    }

    /** Every frame of this event so far, taken or not. */
    public synchronized List<JsonNode> received(String event) {
        return received.stream().filter(frame -> event.equals(event(frame))).toList();
    }

    /** Frames that no test has taken, presence aside. */
    public synchronized List<JsonNode> untaken() {
        return untaken.stream()
                .filter(frame -> !"presence".equals(event(frame)))
                .toList();
    }

    private static String event(JsonNode frame) {
        JsonNode event = frame.get("event");
        return event == null ? "" : event.asString();
    }

    /** Says goodbye and ends the connection. */
    @Override
    public void close() {
        try {
            socket.sendClose(1000, "");
        } catch (IOException alreadyGone) {
            // nothing to say goodbye to
        }
        socket.close();
    }
}
