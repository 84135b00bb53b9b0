package io.duet.rest;

import jakarta.inject.Inject;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPOutputStream;

/**
 * Serves the files of the page and of the client library: compressed once and kept, for they are few and small. A browser keeps
 * them too and asks each time whether they are still the same, by an entity tag over the contents (RFC 9110, section
 * 8.8.3): a reproducible build gives every release's files the same date. Pages of any origin may load them, as they do to embed
 * {@code <duet-chat>}; that shows them nothing but the program.
 *
 * <p>Only files that exist are kept, so a client cannot make them many.
 */
@WebFilter(
        urlPatterns = {"/", "/index.html", "*.js", "*.css", "*.svg", "/package.json"},
        asyncSupported = true)
public class PageFiles extends HttpFilter {

    private static final long serialVersionUID = 1;
    private static final int TAG_BYTES = 9;
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html;charset=UTF-8",
            "js", "text/javascript;charset=UTF-8",
            "css", "text/css;charset=UTF-8",
            "svg", "image/svg+xml",
            "json", "application/json");

    private final transient Map<String, PageFile> files = new ConcurrentHashMap<>();

    @Inject
    private transient ContentSecurityPolicy policy;

    private record PageFile(String type, String tag, byte[] compressed, byte[] plain) {}

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        final boolean asks =
                request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
        final PageFile file = asks ? files.computeIfAbsent(path(request), this::read) : null;
        if (file == null) {
            chain.doFilter(request, response);
            return;
        }
        final String tag = tag(file);
        response.setHeader("ETag", tag);
        response.setHeader("Cache-Control", "no-cache");
        response.setHeader("Vary", "Accept-Encoding");
        response.setHeader("Access-Control-Allow-Origin", "*");
        response.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
        if (names(request.getHeader("If-None-Match"), tag)) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
        } else {
            send(file, request, response);
        }
    }

    /** A browser keeps the page together with its policy, so another policy makes it another page. */
    private String tag(PageFile file) {
        final String variant = file.type().equals(TYPES.get("html"))
                ? "." + Integer.toHexString(policy.header().hashCode())
                : "";
        return "W/\"" + file.tag() + variant + '"';
    }

    private static String path(HttpServletRequest request) {
        final String path = request.getServletPath() + (request.getPathInfo() == null ? "" : request.getPathInfo());
        return path.equals("/") ? "/index.html" : path;
    }

    private static boolean names(String header, String tag) {
        return header != null
                && Arrays.stream(header.split(",")).map(String::strip).anyMatch(tag::equals);
    }

    private static void send(PageFile file, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        final String accepted = request.getHeader("Accept-Encoding");
        final boolean compress =
                accepted != null && accepted.toLowerCase(Locale.ROOT).matches("(.*[ ,])?gzip( *,.*)?");
        final byte[] body = compress ? file.compressed() : file.plain();
        if (compress) {
            response.setHeader("Content-Encoding", "gzip");
        }
        response.setContentType(file.type());
        response.setContentLength(body.length);
        if (request.getMethod().equals("GET")) {
            response.getOutputStream().write(body);
        }
    }

    /** Null when there is no such file. Its tag is weak, because the file goes out compressed or not. */
    private PageFile read(String path) {
        try (InputStream file = getServletContext().getResourceAsStream(path)) {
            if (file == null) {
                return null;
            }
            final byte[] plain = file.readAllBytes();
            final byte[] digest = MessageDigest.getInstance("SHA-256").digest(plain);
            final String tag = Base64.getUrlEncoder().encodeToString(Arrays.copyOf(digest, TAG_BYTES));
            final String type = TYPES.get(path.substring(path.lastIndexOf('.') + 1));
            return new PageFile(type, tag, compress(plain), plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] compress(byte[] plain) throws IOException {
        final var compressed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(compressed)) {
            gzip.write(plain);
        }
        return compressed.toByteArray();
    }
}
