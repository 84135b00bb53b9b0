package io.duet.checker;

import io.duet.system.client.RawWebSocket;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Stands between clients and a real server and passes everything on, but for the lies that it tells: about each text frame of
 * a WebSocket in both directions, and about the bytes of REST answers. Two threads a connection.
 */
public final class LyingProxy implements AutoCloseable {

    private static final int BUFFER = 64 * 1024;

    private final ServerSocket listener;
    private final URI server;
    private final Lies lies;

    /** @param server what it stands before */
    public LyingProxy(URI server, Lies lies) throws IOException {
        this.server = server;
        this.lies = lies;
        this.listener = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
        run(this::accept);
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listener.accept();
            run(() -> serve(client));
        }
    }

    private void serve(Socket client) throws IOException {
        try (client;
                Socket real = new Socket(server.getHost(), server.getPort())) {
            client.setTcpNoDelay(true);
            real.setTcpNoDelay(true);
            DataInputStream fromClient = new DataInputStream(client.getInputStream());
            byte[] head = head(fromClient);
            real.getOutputStream().write(head);
            if (new String(head, StandardCharsets.ISO_8859_1).startsWith("GET /chat")) {
                webSocket(client, real, fromClient);
            } else {
                run(() -> copy(fromClient, real.getOutputStream()));
                answers(real.getInputStream(), client.getOutputStream());
            }
        }
    }

    private static byte[] head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException();
            }
            head.write(next);
        }
        return head.toByteArray();
    }

    private static void copy(InputStream from, OutputStream to) throws IOException {
        from.transferTo(to);
    }

    private void answers(InputStream from, OutputStream to) throws IOException {
        byte[] buffer = new byte[BUFFER];
        for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
            String text = new String(buffer, 0, count, StandardCharsets.ISO_8859_1);
            to.write(lies.answer(text).getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    private void webSocket(Socket client, Socket real, DataInputStream fromClient) throws IOException {
        DataInputStream fromServer = new DataInputStream(real.getInputStream());
        client.getOutputStream().write(head(fromServer));
        Lies.Leg leg = lies.leg();
        run(() -> {
            try (client;
                    real) {
                while (true) {
                    Frame frame = Frame.read(fromClient);
                    List<String> said = frame.isText() ? lies.up(leg, frame.text()) : null;
                    if (said == null) {
                        real.getOutputStream().write(RawWebSocket.encode(true, frame.opcode(), frame.payload(), 0));
                        continue;
                    }
                    for (String text : said) {
                        byte[] payload = text.getBytes(StandardCharsets.UTF_8);
                        real.getOutputStream().write(RawWebSocket.encode(true, RawWebSocket.TEXT, payload, 0));
                    }
                    tell(client, leg);
                }
            }
        });
        while (true) {
            Frame frame = Frame.read(fromServer);
            if (frame.isText()) {
                lies.down(leg, frame.text());
                tell(client, leg);
            } else {
                synchronized (leg) {
                    client.getOutputStream().write(frame.bare());
                }
            }
        }
    }

    /** What is to go to the client, in the order in which it was decided. */
    private static void tell(Socket client, Lies.Leg leg) throws IOException {
        synchronized (leg) {
            for (String text = leg.toClient.poll(); text != null; text = leg.toClient.poll()) {
                byte[] payload = text.getBytes(StandardCharsets.UTF_8);
                client.getOutputStream().write(new Frame(RawWebSocket.TEXT, payload).bare());
            }
        }
    }

    /** A whole frame; neither side sends fragments here. */
    private record Frame(int opcode, byte[] payload) {

        static Frame read(DataInputStream in) throws IOException {
            int opcode = in.readUnsignedByte() & 0x0F;
            int second = in.readUnsignedByte();
            int form = second & 0x7F;
            int length = form == 126 ? in.readUnsignedShort() : form == 127 ? (int) in.readLong() : form;
            byte[] mask = (second & 0x80) != 0 ? in.readNBytes(4) : new byte[4];
            byte[] payload = in.readNBytes(length);
            for (int i = 0; i < payload.length; i++) {
                payload[i] ^= mask[i & 3];
            }
            return new Frame(opcode, payload);
        }

        boolean isText() {
            return opcode == RawWebSocket.TEXT;
        }

        String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        /** Without a mask, as servers send. */
        byte[] bare() {
            byte[] masked = RawWebSocket.encode(true, opcode, payload, 0);
            int headEnd = masked.length - payload.length - 4;
            byte[] bare = new byte[masked.length - 4];
            System.arraycopy(masked, 0, bare, 0, headEnd);
            bare[1] &= 0x7F;
            System.arraycopy(payload, 0, bare, headEnd, payload.length);
            return bare;
        }
    }

    private interface Io {
        void run() throws IOException;
    }

    private static void run(Io work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException gone) {
                        // one side has gone
                    }
                },
                "lying-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
