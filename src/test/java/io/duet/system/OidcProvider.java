package io.duet.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.duet.system.client.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A real OpenID Connect provider in a process of its own: {@code src/test/oidc-provider}, whose packages npm installs in
 * {@code target} before its first start, as its lock file says. To be used by one thread.
 */
final class OidcProvider implements AutoCloseable {

    private static final Path SOURCES = Path.of("src/test/oidc-provider");
    private static final Path INSTALLATION = Path.of("target/oidc-provider").toAbsolutePath();
    private static final List<String> FILES = List.of("package.json", "package-lock.json", "provider.mjs");
    private static final Duration INSTALL_DEADLINE = Duration.ofMinutes(3);
    private static final Duration ANSWER_DEADLINE = Duration.ofSeconds(60);

    private final HttpClient http = HttpClient.newHttpClient();
    private final int port = ServerProcess.freePort();
    private final List<String> said = new ArrayList<>();
    private final Process process;
    private final BufferedReader output;
    private final Writer input;

    private OidcProvider() throws IOException {
        process = NodeJs.command(INSTALLATION, "provider.mjs", Integer.toString(port))
                .start();
        output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        input = process.outputWriter(UTF_8);
        await("ready");
    }

    static OidcProvider start() {
        try {
            install();
            return new OidcProvider();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void install() throws IOException {
        Path lock = INSTALLATION.resolve("package-lock.json");
        boolean installed = Files.exists(INSTALLATION.resolve("node_modules/.package-lock.json"))
                && Files.mismatch(lock, SOURCES.resolve("package-lock.json")) == -1;
        Files.createDirectories(INSTALLATION);
        for (String file : FILES) {
            Files.copy(SOURCES.resolve(file), INSTALLATION.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        if (installed) {
            return;
        }
        Path log = INSTALLATION.resolve("npm.log");
        Process npm = new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
                .directory(INSTALLATION.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            if (!npm.waitFor(INSTALL_DEADLINE.toSeconds(), TimeUnit.SECONDS) || npm.exitValue() != 0) {
                npm.destroyForcibly();
                throw new IllegalStateException("npm could not install the provider:\n" + Files.readString(log));
            }
        } catch (InterruptedException e) {
            npm.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    String issuer() {
        return "http://localhost:" + port;
    }

    /** Where sign-ins of the page come back to. */
    void page(URI address) {
        say("page " + address);
    }

    /** Signs with a new key from now on; what the former one has signed stays good. */
    void rotate() {
        say("rotate");
    }

    /** Publishes no other key than the one it signs with. */
    void withdrawOldKeys() {
        say("withdraw");
    }

    void goDown() {
        say("down");
    }

    void comeBack() {
        say("up");
    }

    /** An access token for the program of this name, by its client credentials: anna, ben, zoe, root. */
    String token(String program) {
        return token(program, "urn:duet:api");
    }

    /** The same, for 8 seconds. */
    String briefToken(String program) {
        return token(program, "urn:duet:briefly");
    }

    private String token(String program, String resource) {
        String secret = Base64.getEncoder().encodeToString((program + ":secret").getBytes(UTF_8));
        HttpRequest request = HttpRequest.newBuilder(URI.create(issuer() + "/token"))
                .timeout(ANSWER_DEADLINE)
                .header("Authorization", "Basic " + secret)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("grant_type=client_credentials&resource=" + resource))
                .build();
        try {
            HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new AssertionError(response.body());
            }
            return Json.text(Json.parse(response.body()), "access_token");
        } catch (IOException e) {
            throw new UncheckedIOException(String.join("\n", said), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void say(String command) {
        try {
            input.write(command + "\n");
            input.flush();
            await("done");
        } catch (IOException e) {
            throw new UncheckedIOException(String.join("\n", said), e);
        }
    }

    private void await(String answer) {
        try {
            CompletableFuture.runAsync(() -> readUntil(answer)).get(ANSWER_DEADLINE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            process.destroyForcibly();
            throw new IllegalStateException("The provider does not answer:\n" + String.join("\n", said), e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void readUntil(String answer) {
        try {
            for (String line = output.readLine(); !answer.equals(line); line = output.readLine()) {
                if (line == null) {
                    throw new IllegalStateException("it has ended");
                }
                said.add(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
