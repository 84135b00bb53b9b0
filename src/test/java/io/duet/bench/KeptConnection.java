package io.duet.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** One HTTP/1.1 connection for many GETs one after another, with as little work of its own as possible. */
final class KeptConnection implements AutoCloseable {
    private final URI base;
    private final Socket socket;
    private final InputStream in;

    KeptConnection(URI base) throws IOException {
        this.base = base;
        socket = new Socket(base.getHost(), base.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(30_000);
        in = new BufferedInputStream(socket.getInputStream(), 65536);
    }

    /**
     * Gets a resource and drops its body.
     *
     * @return the length of the body in bytes
     */
    int get(String path, String token) throws IOException {
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: " + base.getAuthority() + "\r\nAuthorization: Bearer "
                                + token + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        final String status = line();
        int length = -1;
        boolean chunked = false;
        for (String header = line(); !header.isEmpty(); header = line()) {
            final String lower = header.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length = Integer.parseInt(lower.substring(15).trim());
            }
            chunked |= lower.startsWith("transfer-encoding:") && lower.contains("chunked");
        }
        final int body = chunked ? chunks() : skip(length);
        if (!status.contains(" 200 ")) {
            throw new IOException(status + " for " + path);
        }
        return body;
    }

    private int chunks() throws IOException {
        int total = 0;
        int size;
        do {
            size = Integer.parseInt(line().trim(), 16);
            total += skip(size);
            line();
        } while (size > 0);
        return total;
    }

    private int skip(int length) throws IOException {
        in.skipNBytes(length);
        return length;
    }

    private String line() throws IOException {
        final StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("closed by the server");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
