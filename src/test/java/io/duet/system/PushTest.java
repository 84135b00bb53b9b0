package io.duet.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.SignedJWT;
import io.duet.system.PushService.Delivery;
import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Json;
import io.duet.system.client.Person;
import io.duet.system.client.Talk;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * Pushes from a real server to a real push service, which decrypts them; and the page with its service worker in a real browser.
 * Only the push services of browser vendors are missing, which nobody can reach here: the page's {@code subscribe()} answers with
 * a subscription of the test's service, and what that gets is handed to the service worker as the browser would do it.
 */
@ExtendWith(Browsing.class)
class PushTest {

    private static final Duration DELAY = Duration.ofSeconds(2);
    private static final Duration SOON = Duration.ofSeconds(40);

    private static PushService pushService;
    private static Map<String, String> settings;
    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        pushService = new PushService(Path.of("target/system"));
        settings = Map.of(
                "duet.push.delay", DELAY.toString(),
                "duet.push.allow-hosts", "localhost",
                "duet.push.subject", "mailto:operator@example.org",
                "duet.rate-limit.enabled", "false",
                "JVM_ARGS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx512m " + pushService.trust());
        server = TestServer.start(settings);
    }

    @AfterAll
    static void stop() {
        server.close();
        pushService.close();
        assertThat(server.contract().takeViolations()).isEmpty();
    }

    private static UUID deviceWith(Person person, String token) {
        return Json.uuid(
                person.post("/api/devices", Map.of("device_type", "web", "push_token", token))
                        .expect(201),
                "device_id");
    }

    private static Delivery awaitPush(String subscription, int number) {
        return await().atMost(SOON)
                .until(() -> pushService.to(subscription), pushes -> pushes.size() >= number)
                .get(number - 1);
    }

    @Test
    void whoIsAwayIsToldEncryptedAndSignedAndNoLongerWhenItWasReadElsewhere() throws Exception {
        Duet duet = server.duet();
        Talk talk = Talk.on(duet);
        deviceWith(talk.bob(), pushService.subscribe("phone"));
        Instant before = Instant.now();
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().connect(deviceWith(talk.bob(), pushService.subscribe("online")))) {
            alice.say(talk.conversation(), "a secret");
            bob.expect("new_message");
            bob.ackUpTo(talk.conversation(), 1);
            Delivery first = awaitPush("phone", 1);
            assertThat(Duration.between(before, Instant.now())).isGreaterThan(DELAY);
            assertSigned(first, text(talk.bob().get("/api/push/key").expect(200), "public_key"));
            assertThat(first.headers())
                    .containsEntry("ttl", "86400")
                    .containsEntry("urgency", "high")
                    .containsEntry("content-encoding", "aes128gcm");
            assertThat(first.headers().get("topic")).matches("[A-Za-z0-9_-]{22}");
            assertThat(pushService.text(first)).doesNotContain("a secret");
            assertPush(first, talk.alice(), 1);

            alice.say(talk.conversation(), "another");
            bob.expect("new_message");
            bob.ackUpTo(talk.conversation(), 2);
            Delivery second = awaitPush("phone", 2);
            assertPush(second, talk.alice(), 2);
            assertThat(second.headers()).containsEntry("topic", first.headers().get("topic"));

            bob.send(Map.of("action", "read_receipt", "conversation_id", talk.conversation(), "last_read_sequence", 2));
            Delivery read = awaitPush("phone", 3);
            assertThat(text(pushService.content(read), "type")).isEqualTo("read");
            assertThat(pushService.content(read).get("unread").asInt()).isZero();
            assertThat(read.headers())
                    .containsEntry("topic", first.headers().get("topic"))
                    .containsEntry("urgency", "normal");
            assertThat(pushService.to("online")).as("acknowledged in time").isEmpty();
        }
    }

    private static String text(JsonNode node, String field) {
        return Json.text(node, field);
    }

    private static void assertPush(Delivery delivery, Person sender, int unread) {
        JsonNode push = pushService.content(delivery);
        assertThat(text(push, "type")).isEqualTo("message");
        assertThat(text(push, "sender")).isEqualTo(sender.username());
        assertThat(Json.uuid(push, "sender_id")).isEqualTo(sender.userId());
        assertThat(push.get("sequence_number").asInt()).isEqualTo(unread);
        assertThat(push.get("unread").asInt()).isEqualTo(unread);
        assertThat(push.get("unread_in_conversation").asInt()).isEqualTo(unread);
        assertThat(push.has("preview")).isFalse();
    }

    /** RFC 8292, sections 2 and 3. */
    private static void assertSigned(Delivery delivery, String publicKey) throws Exception {
        Map<String, String> parts = new HashMap<>();
        String header = delivery.headers().get("authorization");
        assertThat(header).startsWith("vapid ");
        for (String part : header.substring("vapid ".length()).split(", *")) {
            parts.put(part.substring(0, 1), part.substring(2));
        }
        assertThat(parts.get("k")).isEqualTo(publicKey);
        byte[] point = Base64.getUrlDecoder().decode(publicKey);
        ECKey key = new ECKey.Builder(
                        Curve.P_256,
                        Base64URL.encode(Arrays.copyOfRange(point, 1, 33)),
                        Base64URL.encode(Arrays.copyOfRange(point, 33, 65)))
                .build();
        SignedJWT token = SignedJWT.parse(parts.get("t"));
        assertThat(token.verify(new ECDSAVerifier(key))).isTrue();
        assertThat(token.getHeader().getAlgorithm().getName()).isEqualTo("ES256");
        assertThat(token.getJWTClaimsSet().getAudience()).containsExactly(pushService.origin());
        assertThat(token.getJWTClaimsSet().getSubject()).isEqualTo("mailto:operator@example.org");
        assertThat(token.getJWTClaimsSet().getExpirationTime().toInstant())
                .isBetween(Instant.now(), Instant.now().plus(Duration.ofHours(24)));
    }

    @Test
    void heedsWhatPushServicesAnswerAndCallsNobodyElse() throws Exception {
        Talk talk = Talk.on(server.duet());
        pushService.answer("gone", 410, Map.of());
        pushService.answer("busy", 429, Map.of("Retry-After", "1"));
        pushService.answer("elsewhere", 307, Map.of("Location", pushService.origin() + "/s/target"));
        String inside = pushService.subscribe("inside").replace("localhost", "127.0.0.1");
        UUID gone = deviceWith(talk.bob(), pushService.subscribe("gone"));
        deviceWith(talk.bob(), pushService.subscribe("busy"));
        deviceWith(talk.bob(), pushService.subscribe("elsewhere"));
        deviceWith(talk.bob(), inside);
        deviceWith(talk.bob(), "any string is a push token");
        try (DuetClient alice = talk.alice().online()) {
            alice.say(talk.conversation(), "hello");
            awaitPush("busy", 2);
            awaitPush("elsewhere", 1);
            await().atMost(SOON).until(() -> tokens(talk.bob()).get(gone).isEmpty());
            await().atMost(SOON).until(() -> server.log().contains("the endpoint's port is not 443"));
            assertThat(pushService.to("gone")).hasSize(1);
            assertThat(pushService.to("elsewhere")).hasSize(1);
            assertThat(pushService.to("target"))
                    .as("redirects are not followed")
                    .isEmpty();
            assertThat(pushService.to("inside"))
                    .as("a host and port that nobody allowed")
                    .isEmpty();
            assertThat(tokens(talk.bob())).containsValue("any string is a push token");
            assertThat(server.log()).doesNotContain("/s/inside");
        }
    }

    private static Map<UUID, String> tokens(Person person) {
        Map<UUID, String> tokens = new LinkedHashMap<>();
        person.get("/api/devices")
                .expect(200)
                .get("items")
                .forEach(device -> tokens.put(
                        Json.uuid(device, "device_id"),
                        device.get("push_token").isNull() ? "" : text(device, "push_token")));
        return tokens;
    }

    @Test
    void theOtherNodePushesWhatADeadNodeHadStored() throws Exception {
        Talk talk = Talk.on(server.duet());
        deviceWith(talk.bob(), pushService.subscribe("of-a-dead-node"));
        try (TestServer other = server.startBeside(settings)) {
            Person alice = talk.alice().at(other.duet());
            try (DuetClient connected = alice.online()) {
                connected.say(talk.conversation(), "the last words");
                other.kill();
            }
            assertPush(awaitPush("of-a-dead-node", 1), talk.alice(), 1);
            assertThat(pushService.to("of-a-dead-node")).hasSize(1);
        }
    }

    /** What a browser with a push service does: a subscription that stays until it is ended. */
    private static final String SUBSCRIBES = """
            (() => {
              const KEY = 'test.subscription';
              const held = () => {
                const json = localStorage.getItem(KEY);
                if (!json) return null;
                const subscription = JSON.parse(json);
                return { toJSON: () => subscription, unsubscribe: async () => { localStorage.removeItem(KEY); return true; } };
              };
              PushManager.prototype.getSubscription = async () => held();
              PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
                if (!userVisibleOnly || !/^[A-Za-z0-9_-]{87}$/.test(applicationServerKey)) throw new Error('refused');
                localStorage.setItem(KEY, JSON.stringify(%s));
                return held();
              };
            })()""";

    @Test
    void thePageSubscribesUponAClickAndItsServiceWorkerShowsAndTakesAway(Visitors visitors) throws Exception {
        Visitor anna = visitors.newcomer("anna", server.http("/"));
        BrowserContext profile = anna.profile();
        profile.grantPermissions(List.of("notifications", "clipboard-read", "clipboard-write"));
        profile.addInitScript(SUBSCRIBES.formatted(pushService.subscribe("browser")));
        anna.registerBeforehand();
        assertThat((String) anna.page().evaluate("Notification.permission")).isEqualTo("granted");
        anna.button("Account").click();
        anna.button("Turn notifications on").click();
        assertThat(anna.page().getByText("On: this device is told")).isVisible();
        String userId = (String) anna.ofClient("client.me.user_id");
        String token = (String) anna.ofClient("(await client.rest.get('devices')).items[0].push_token");
        assertThat(token).isEqualTo(pushService.subscribe("browser"));

        Duet duet = server.duet();
        Person ben = duet.register();
        UUID conversation = Json.uuid(
                ben.post("/api/conversations", Map.of("recipient_user_id", userId))
                        .expect(201),
                "conversation_id");
        Page beside = anna.page();
        beside.navigate(server.http("/package.json").toString());
        Map<String, String> registrations = registrations(profile, beside);
        try (DuetClient writing = ben.online()) {
            writing.say(conversation, "are you there?");
            deliver(profile, beside, registrations, awaitPush("browser", 1));
            awaitNotifications(beside, ben.username() + "|New message|" + conversation);
            writing.say(conversation, "hello?");
            deliver(profile, beside, registrations, awaitPush("browser", 2));
            awaitNotifications(beside, ben.username() + "|2 new messages|" + conversation);
            deliver(
                    profile,
                    beside,
                    registrations,
                    "{\"type\":\"read\",\"conversation_id\":\"" + conversation + "\",\"unread\":0}");
            awaitNotifications(beside);
            deliver(profile, beside, registrations, pushService.to("browser").get(1));
            awaitNotifications(beside, ben.username() + "|2 new messages|" + conversation);
        }
        beside.navigate(server.http("/").toString());
        anna.awaitConnected();
        awaitNotifications(beside);
        hearOfAClick(beside, conversation);
        assertThat(beside.locator(".peer h2")).hasText(ben.username());

        anna.button("Account").click();
        anna.button("Turn notifications off").click();
        assertThat(beside.getByText("Off: this device is told")).isVisible();
        assertThat(anna.ofClient("(await client.rest.get('devices')).items[0].push_token"))
                .isNull();
    }

    /** The service workers' registrations by their scope, as the browser's debugger names them. */
    private static Map<String, String> registrations(BrowserContext profile, Page page) {
        Map<String, String> found = new LinkedHashMap<>();
        CDPSession session = profile.newCDPSession(page);
        session.on("ServiceWorker.workerRegistrationUpdated", event -> {
            for (JsonElement one : event.getAsJsonArray("registrations")) {
                JsonObject registration = one.getAsJsonObject();
                found.put(
                        registration.get("scopeURL").getAsString(),
                        registration.get("registrationId").getAsString());
            }
        });
        session.send("ServiceWorker.enable");
        await().atMost(SOON).until(() -> {
            page.evaluate("0");
            return found.containsKey(server.http("/").toString());
        });
        return found;
    }

    private static void deliver(
            BrowserContext profile, Page page, Map<String, String> registrations, Delivery delivery) {
        deliver(profile, page, registrations, pushService.text(delivery));
    }

    private static void deliver(BrowserContext profile, Page page, Map<String, String> registrations, String push) {
        CDPSession session = profile.newCDPSession(page);
        session.send("ServiceWorker.enable");
        JsonObject message = new JsonObject();
        message.addProperty("origin", server.http("").toString());
        message.addProperty("registrationId", registrations.get(server.http("/").toString()));
        message.addProperty("data", push);
        session.send("ServiceWorker.deliverPushMessage", message);
        session.detach();
    }

    private static void awaitNotifications(Page page, String... expected) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat((List<?>) page.evaluate("""
                async () => {
                  const registration = await navigator.serviceWorker.getRegistration('/');
                  return (await registration.getNotifications()).map(({ title, body, tag }) => `${title}|${body}|${tag}`);
                }""")).isEqualTo(List.of(expected)));
    }

    /** A notification of the system cannot be clicked here: the page hears what the worker tells it then. */
    private static void hearOfAClick(Page page, UUID conversation) {
        page.evaluate(
                "open => navigator.serviceWorker.dispatchEvent(new MessageEvent('message', { data: { open } }))",
                conversation.toString());
    }
}
