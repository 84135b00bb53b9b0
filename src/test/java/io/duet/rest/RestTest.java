package io.duet.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.platform.Database;
import io.duet.protocol.ErrorCode;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

class RestTest {

    /** One resource with every way to end. */
    @Path("things")
    @Produces("application/json")
    public static final class Things {

        /** A body. */
        public record Thing(String name, UUID thingId) {}

        @GET
        public Map<String, Object> mine(@Context SecurityContext security) {
            return Map.of("user_id", Caller.of(security).userId());
        }

        @POST
        @Consumes("application/json")
        public Response create(Thing thing) {
            return Response.status(201).entity(thing).build();
        }

        @GET
        @Path("{id}")
        public Page<UUID> one(@PathParam("id") UUID id) {
            return Page.last(List.of(id));
        }

        @GET
        @Path("open/page")
        @Unauthenticated
        public Map<String, Integer> open(@Context UriInfo uri) {
            return Map.of("limit", QueryParams.of(uri).limit(20, 100));
        }

        @GET
        @Path("open/fault")
        @Unauthenticated
        public String fault() {
            throw new IllegalStateException("secret of the implementation");
        }

        @GET
        @Path("open/later")
        @Unauthenticated
        public CompletionStage<Page<String>> later() {
            return CompletableFuture.supplyAsync(() -> {
                throw new ApiException(ErrorCode.RATE_LIMITED, "later").retryAfter(Duration.ofMillis(1_200));
            });
        }

        @GET
        @Path("open/storage")
        @Unauthenticated
        public Integer storage() {
            final PGSimpleDataSource nobody = new PGSimpleDataSource();
            nobody.setServerNames(new String[] {"localhost"});
            nobody.setPortNumbers(new int[] {1});
            return new Database(nobody, Thread::new).query(connection -> 1);
        }
    }

    private static final String ID = "0190a7e2-1111-7abc-8def-0123456789ab";

    private final Calls calls = new Calls(new Things());

    private static void assertProblem(Calls.Answer answer, int status, String title, String code, String detail) {
        assertThat(answer.body())
                .isEqualTo("{\"type\":\"about:blank\",\"title\":\"" + title + "\",\"status\":" + status
                        + ",\"detail\":\"" + detail + "\",\"code\":\"" + code + "\"}");
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    }

    private static void assertUnauthorized(Calls.Answer answer) {
        assertProblem(
                answer,
                401,
                "Unauthorized",
                "unauthorized",
                "a valid bearer token is needed in the Authorization header");
        assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer");
    }

    @Test
    void answersTheBearer() {
        final Calls.Answer answer = calls.call("GET", "/things").bearer().send();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"user_id\":\"" + ID + "\"}");
        assertThat(calls.call("GET", "/things")
                        .header("Authorization", "bearer  " + Calls.TOKEN)
                        .send()
                        .status())
                .as("the scheme's name is case-insensitive")
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Bearer", "Bearer ", "Basic YTpi", "a.valid.token", "Bearer another.token", "Token a.valid.token"
            })
    void otherAuthorizationIsNone(String header) {
        assertUnauthorized(
                calls.call("GET", "/things").header("Authorization", header).send());
    }

    @Test
    void tokenElsewhereIsNone() {
        assertUnauthorized(calls.call("GET", "/things").send());
        assertUnauthorized(calls.call("GET", "/things?access_token=" + Calls.TOKEN + "&token=" + Calls.TOKEN)
                .send());
        assertUnauthorized(calls.call("GET", "/things")
                .header("Cookie", "Authorization=Bearer " + Calls.TOKEN)
                .send());
        assertUnauthorized(calls.call("GET", "/things")
                .bearer()
                .header("Authorization", "Bearer " + Calls.TOKEN)
                .send());
    }

    @Test
    void openResourceNeedsNoToken() {
        assertThat(calls.call("GET", "/things/open/page").send().body()).isEqualTo("{\"limit\":20}");
    }

    @Test
    void readsAndWritesBodies() {
        final Calls.Answer answer = calls.call("POST", "/things")
                .bearer()
                .json("{\"thing_id\":\"" + ID + "\",\"name\":\"é\"}")
                .send();
        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(answer.body()).isEqualTo("{\"name\":\"é\",\"thing_id\":\"" + ID + "\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``|the body must be a JSON object",
                "null|the body must be a JSON object",
                "[]|the body must be a JSON object",
                "{|the body is not one well-formed JSON object without repeated keys",
                "{\"name\":\"a\",\"name\":\"a\"}|the body is not one well-formed JSON object without repeated keys",
                "{\"name\":\"a\"}|thing_id is missing",
                "{\"name\":1}|name is not of the right form",
            })
    void badBodyIsBadRequest(String body, String detail) {
        assertProblem(
                calls.call("POST", "/things").bearer().json(body).send(), 400, "Bad Request", "bad_request", detail);
    }

    @Test
    void bodyIsBounded() {
        final String head = "{\"thing_id\":\"" + ID + "\",\"name\":\"";
        final String fits = head + "x".repeat(JsonBody.MAX_BYTES - head.length() - 2) + "\"}";
        assertThat(calls.call("POST", "/things").bearer().json(fits).send().status())
                .isEqualTo(201);
        assertProblem(
                calls.call("POST", "/things").bearer().json(fits + " ").send(),
                413,
                "Content Too Large",
                "bad_request",
                "a body has at most 65536 bytes");
    }

    @Test
    void otherMediaTypeIsRefused() {
        for (final String type : List.of("text/plain", "application/xml", "application/x-www-form-urlencoded")) {
            assertProblem(
                    calls.call("POST", "/things")
                            .bearer()
                            .body(type, "{}".getBytes(StandardCharsets.UTF_8))
                            .send(),
                    415,
                    "Unsupported Media Type",
                    "bad_request",
                    "only application/json is taken here");
        }
        assertProblem(
                calls.call("GET", "/things")
                        .bearer()
                        .header("Accept", "text/html")
                        .send(),
                406,
                "Not Acceptable",
                "bad_request",
                "only JSON can be given here");
    }

    @Test
    void unknownPathAndMethodAreProblems() {
        assertProblem(
                calls.call("GET", "/nothing").bearer().send(),
                404,
                "Not Found",
                "not_found",
                "there is nothing at this address");
        final Calls.Answer answer = calls.call("DELETE", "/things").bearer().send();
        assertProblem(answer, 405, "Method Not Allowed", "bad_request", "this method is not allowed here");
        assertThat(answer.header("Allow")).contains("GET", "POST");
    }

    @Test
    void malformedIdentifierIsBadRequest() {
        assertThat(calls.call("GET", "/things/" + ID).bearer().send().body())
                .isEqualTo("{\"items\":[\"" + ID + "\"],\"next_cursor\":null}");
        for (final String id : List.of("1", "1-1-1-1-1", ID.toUpperCase(java.util.Locale.ROOT), ID + "0", "%00")) {
            assertProblem(
                    calls.call("GET", "/things/" + id).bearer().send(),
                    400,
                    "Bad Request",
                    "bad_request",
                    "an identifier in the path must be a UUID in lower case");
        }
    }

    @Test
    void badParameterIsBadRequest() {
        assertProblem(
                calls.call("GET", "/things/open/page?limit=0").send(),
                400,
                "Bad Request",
                "bad_request",
                "limit must be an integer from 1 to 2147483647");
    }

    @Test
    void faultTellsNothing() {
        assertProblem(
                calls.call("GET", "/things/open/fault").send(),
                500,
                "Internal Server Error",
                "unavailable",
                "the server failed");
    }

    @Test
    void refusalMayComeLater() {
        final Calls.Answer answer = calls.call("GET", "/things/open/later").send();
        assertProblem(answer, 429, "Too Many Requests", "rate_limited", "later");
        assertThat(answer.header("Retry-After")).isEqualTo("2");
    }

    @Test
    void storageThatIsAwayIsUnavailable() {
        assertProblem(
                calls.call("GET", "/things/open/storage").send(),
                503,
                "Service Unavailable",
                "unavailable",
                "storage cannot serve now, try again later");
    }

    @Test
    void foreignPageMayChangeNothing() {
        for (final String origin : List.of("https://evil.example", "null", "", "https://chat.example.evil.example")) {
            assertProblem(
                    calls.call("POST", "/things")
                            .bearer()
                            .header("Host", "localhost:9080")
                            .header("Origin", origin)
                            .json("{}")
                            .send(),
                    403,
                    "Forbidden",
                    "unauthorized",
                    "pages of this origin may not call this server");
        }
        final Calls.Answer read = calls.call("GET", "/things")
                .bearer()
                .header("Origin", "https://evil.example")
                .send();
        assertThat(read.status()).isEqualTo(200);
        assertThat(read.header("Access-Control-Allow-Origin")).isNull();
    }

    @Test
    void ownAndAllowedPagesMay() {
        for (final String origin : List.of("http://localhost:9080", "https://localhost:9080", "https://chat.example")) {
            assertThat(calls.call("POST", "/things")
                            .bearer()
                            .header("Host", "localhost:9080")
                            .header("Origin", origin)
                            .json("{\"thing_id\":\"" + ID + "\",\"name\":\"n\"}")
                            .send()
                            .status())
                    .as(origin)
                    .isEqualTo(201);
        }
    }

    @Test
    void allowedPageGetsWhatItsBrowserAsksFor() {
        final Calls.Answer preflight = calls.call("OPTIONS", "/things")
                .header("Origin", "https://chat.example")
                .header("Access-Control-Request-Method", "POST")
                .send();
        assertThat(preflight.status()).isEqualTo(204);
        assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo("https://chat.example");
        assertThat(preflight.header("Access-Control-Allow-Methods")).isEqualTo("GET, POST, PATCH, DELETE");
        assertThat(preflight.header("Access-Control-Allow-Headers")).isEqualTo("Authorization, Content-Type");
        assertThat(preflight.header("Vary")).isEqualTo("Origin");
        final Calls.Answer foreign = calls.call("OPTIONS", "/things")
                .header("Origin", "https://evil.example")
                .header("Access-Control-Request-Method", "POST")
                .send();
        assertThat(foreign.header("Access-Control-Allow-Origin")).isNull();
        assertThat(foreign.header("Access-Control-Allow-Methods")).isNull();
    }
}
