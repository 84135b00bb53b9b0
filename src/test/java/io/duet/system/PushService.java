package io.duet.system;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.duet.push.Receiver;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A push service as RFC 8030 has it, by HTTPS on the loopback interface, with a certificate of its own for {@code localhost}.
 * Each subscription has a receiver that decrypts. It answers 201, or what it was told for a subscription.
 */
final class PushService implements AutoCloseable {
    private static final String PASSWORD = "changeit";

    private final Path keys;
    private final HttpsServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, Queue<Answer>> answers = new ConcurrentHashMap<>();
    private final List<Delivery> deliveries = new CopyOnWriteArrayList<>();
    private final Map<String, Receiver> receivers = new ConcurrentHashMap<>();

    /** @param headers in lower case */
    record Delivery(String subscription, Map<String, String> headers, byte[] body) {}

    record Answer(int status, Map<String, String> headers) {}

    PushService(Path directory) throws IOException, GeneralSecurityException, InterruptedException {
        keys = makeKeys(Files.createDirectories(directory).toAbsolutePath());
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls()));
        server.setExecutor(threads);
        server.createContext("/s/", this::take);
        server.start();
    }

    private static Path makeKeys(Path directory) throws IOException, InterruptedException {
        Path store = Files.createTempDirectory(directory, "push").resolve("push.p12");
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        Process process = new ProcessBuilder(
                        keytool,
                        "-genkeypair",
                        "-alias",
                        "push",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost",
                        "-validity",
                        "30",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IllegalStateException(said);
        }
        return store;
    }

    private SSLContext tls() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream file = Files.newInputStream(keys)) {
            store.load(file, PASSWORD.toCharArray());
        }
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    /** Options for a Java virtual machine that is to trust this service. */
    String trust() {
        return "-Djavax.net.ssl.trustStore=" + keys + " -Djavax.net.ssl.trustStorePassword=" + PASSWORD;
    }

    String origin() {
        return "https://localhost:" + server.getAddress().getPort();
    }

    /** A new subscription, as a browser would give it as JSON. */
    String subscribe(String name) {
        return receivers.computeIfAbsent(name, n -> Receiver.fresh()).subscription(origin() + "/s/" + name);
    }

    /** The next push for this subscription is answered so. */
    void answer(String name, int status, Map<String, String> headers) {
        answers.computeIfAbsent(name, n -> new ConcurrentLinkedQueue<>()).add(new Answer(status, headers));
    }

    List<Delivery> to(String name) {
        return deliveries.stream()
                .filter(delivery -> delivery.subscription().equals(name))
                .toList();
    }

    /** What stands in a push, as only the receiver can read it. */
    JsonNode content(Delivery delivery) {
        return JsonMapper.shared().readTree(text(delivery));
    }

    String text(Delivery delivery) {
        return receivers.get(delivery.subscription()).decrypt(delivery.body());
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            String name = exchange.getRequestURI().getPath().substring("/s/".length());
            Map<String, String> headers = new ConcurrentHashMap<>();
            exchange.getRequestHeaders()
                    .forEach((header, values) -> headers.put(header.toLowerCase(java.util.Locale.ROOT), values.get(0)));
            byte[] body = exchange.getRequestBody().readAllBytes();
            Queue<Answer> planned = answers.getOrDefault(name, new ConcurrentLinkedQueue<>());
            Answer answer = planned.isEmpty() ? new Answer(201, Map.of()) : planned.remove();
            deliveries.add(new Delivery(name, headers, body));
            answer.headers().forEach(exchange.getResponseHeaders()::set);
            exchange.sendResponseHeaders(answer.status(), -1);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
