package io.duet.system.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/** REST calls against one server, synchronous, each with a deadline. Any thread may call. */
public final class Rest {

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI base;
    private final Consumer<Exchange> witness;
    private final Duration deadline;

    /** One call and its answer. */
    public record Exchange(String method, String path, Answer answer) {}

    /** An answer; {@code body} is null when there was none. */
    public record Answer(int status, String raw, Map<String, String> headers) {

        public JsonNode json() {
            return Json.parse(raw);
        }

        /** Asserts the status and gives the JSON body. */
        public JsonNode expect(int expected) {
            assertThat(status).as("status of %s", raw).isEqualTo(expected);
            return raw.isEmpty() ? null : json();
        }

        /** Asserts a problem (RFC 9457) of exactly this status and code. */
        public void expectProblem(int expected, String code) {
            assertThat(status).as("status of %s", raw).isEqualTo(expected);
            assertThat(headers.get("content-type")).as("type of %s", raw).startsWith("application/problem+json");
            assertThat(Json.text(json(), "code")).as(raw).isEqualTo(code);
            assertThat(Json.number(json(), "status")).as(raw).isEqualTo(expected);
        }
    }

    /** @param base where the server listens, {@code http://host:port} */
    public Rest(URI base, Consumer<Exchange> witness) {
        this(base, witness, DEADLINE);
    }

    /** @param deadline of each call */
    public Rest(URI base, Consumer<Exchange> witness, Duration deadline) {
        this.base = base;
        this.witness = witness;
        this.deadline = deadline;
    }

    public Call call(String method, String path) {
        return new Call(method, path);
    }

    public Answer get(String path, String token) {
        return call("GET", path).bearer(token).send();
    }

    public Answer post(String path, String token, Object body) {
        return call("POST", path).bearer(token).json(body).send();
    }

    public Answer delete(String path, String token) {
        return call("DELETE", path).bearer(token).send();
    }

    /** A call before it is sent. */
    public final class Call {

        private final String method;
        private final String path;
        private final Map<String, String> headers = new LinkedHashMap<>();
        private BodyPublisher body = BodyPublishers.noBody();

        private Call(String method, String path) {
            this.method = method;
            this.path = path;
        }

        public Call header(String name, String value) {
            headers.put(name, value);
            return this;
        }

        public Call bearer(String token) {
            return token == null ? this : header("Authorization", "Bearer " + token);
        }

        public Call json(Object value) {
            return raw("application/json", Json.write(value).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }

        /** Any bytes under any content type. */
        public Call raw(String contentType, byte[] bytes) {
            body = BodyPublishers.ofByteArray(bytes);
            return header("Content-Type", contentType);
        }

        public Answer send() {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(base.resolve(path)).timeout(deadline).method(method, body);
            headers.forEach(request::header);
            try {
                HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
                Map<String, String> answered = new LinkedHashMap<>();
                response.headers().map().forEach((name, values) -> answered.put(name, values.get(0)));
                Answer answer = new Answer(
                        response.statusCode(),
                        Optional.ofNullable(response.body()).orElse(""),
                        answered);
                witness.accept(new Exchange(method, path, answer));
                return answer;
            } catch (IOException failure) {
                throw new AssertionError(method + " " + path + " failed: " + failure, failure);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new AssertionError(method + " " + path + " was interrupted", interrupted);
            }
        }
    }
}
