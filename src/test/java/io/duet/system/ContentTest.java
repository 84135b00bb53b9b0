package io.duet.system;

import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Json;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Text is stored byte for byte, and one client_message_id is one message for ever. */
@ExtendWith(SharedServers.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContentTest {

    private UntouchedTalk talk;

    @BeforeAll
    void meet(Duet duet) throws Exception {
        talk = new UntouchedTalk(duet);
    }

    @AfterAll
    void part() {
        talk.close();
    }

    static Stream<Arguments> goodContents() {
        return Stream.of(
                Arguments.argumentSet("leading and trailing blanks", "  x\u00A0 "),
                Arguments.argumentSet("CRLF", "a\r\nb\rc\n"),
                Arguments.argumentSet("tab and backspace", "\ta\bb\u0001\u001F\u007F"),
                Arguments.argumentSet("decomposed", "e\u0301 is not \u00E9"),
                Arguments.argumentSet("many combining marks", "a" + "\u0301".repeat(500)),
                Arguments.argumentSet("right to left", "\u202Eabc\u200F שלום"),
                Arguments.argumentSet("family", "👨‍👩‍👧‍👦 🇩🇪 👍🏽"),
                Arguments.argumentSet("JSON inside", "{\"a\":\"\\u0000\"}\\"),
                Arguments.argumentSet("HTML and SQL", "<script>alert(1)</script>'; DROP TABLE messages; --"),
                Arguments.argumentSet("line separators", "a\u2028b\u2029c"),
                Arguments.argumentSet("noncharacters", "\uFFFF\uFFFE\uFDD0"),
                Arguments.argumentSet("replacement character", "\uFFFD"),
                Arguments.argumentSet("limit - 1", "b".repeat(9_999)),
                Arguments.argumentSet("limit", "c".repeat(10_000)),
                Arguments.argumentSet("limit of 4 bytes", "😀".repeat(10_000)));
    }

    @ParameterizedTest
    @MethodSource("goodContents")
    void contentIsKeptByteForByte(String content) throws Exception {
        try (DuetClient alice = talk.alice()) {
            alice.sendMessage(talk.conversation(), content, UUID.randomUUID().toString());
            talk.expectStored(alice, content);
            assertThat(text(
                            talk.talk
                                    .bob()
                                    .get("/api/conversations/" + talk.conversation() + "/messages?limit=1")
                                    .expect(200)
                                    .get("items")
                                    .get(0),
                            "content"))
                    .isEqualTo(content);
        }
    }

    @Test
    void escapedFormOfTheLimitIsTheSameText() throws Exception {
        try (DuetClient alice = talk.alice()) {
            alice.socket()
                    .sendText("{\"action\":\"send_message\",\"conversation_id\":\"" + talk.conversation()
                            + "\",\"content\":\"" + "\\ud83d\\ude00".repeat(10_000)
                            + "\",\"client_message_id\":\"escaped\"}");
            talk.expectStored(alice, "😀".repeat(10_000));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "!",
                "~",
                "2f1c9f0e-7a52-4a70-8b8e-0d5cf4a1b0c3",
                "0123456789012345678901234567890123456789012345678901234567890123"
            })
    void clientMessageIdIsAnyVisibleAscii(String id) throws Exception {
        try (DuetClient alice = talk.alice()) {
            alice.sendMessage(talk.conversation(), "id " + id, id);
            assertThat(text(talk.expectStored(alice, "id " + id), "client_message_id"))
                    .isEqualTo(id);
        }
    }

    @Test
    void sameIdWithOtherContentIsAConflictAndTheFirstStands() throws Exception {
        try (DuetClient alice = talk.alice()) {
            alice.sendMessage(talk.conversation(), "first", "same-id");
            var first = talk.expectStored(alice, "first");

            alice.sendMessage(talk.conversation(), "second", "same-id");
            var conflict = alice.expectError("client_message_id_conflict");
            assertThat(text(conflict, "client_message_id")).isEqualTo("same-id");
            assertThat(text(conflict, "action")).isEqualTo("send_message");
            assertThat(Json.uuid(conflict, "conversation_id")).isEqualTo(talk.conversation());

            alice.sendMessage(talk.conversation(), "first", "same-id");
            var again = alice.expect("sent");
            assertThat(again.get("duplicate").asBoolean()).isTrue();
            for (String field : List.of("message_id", "sequence_number", "timestamp", "conversation_id")) {
                assertThat(again.get(field)).isEqualTo(first.get(field));
            }
            talk.assertUntouched(alice);
        }
    }

    @Test
    void retriesInOneBreathAreOneMessage() throws Exception {
        try (DuetClient alice = talk.alice()) {
            for (int i = 0; i < 30; i++) {
                alice.sendMessage(talk.conversation(), "again and again", "breath");
            }
            var first = talk.expectStored(alice, "again and again");
            for (var duplicate : alice.expect("sent", 29)) {
                assertThat(duplicate.get("duplicate").asBoolean()).isTrue();
                assertThat(duplicate.get("message_id")).isEqualTo(first.get("message_id"));
                assertThat(duplicate.get("sequence_number")).isEqualTo(first.get("sequence_number"));
            }
            talk.assertUntouched(alice);
        }
    }

    @Test
    void retryFromAnotherDeviceIsTheSameMessage() throws Exception {
        try (DuetClient alice = talk.alice();
                DuetClient other = talk.talk.alice().online()) {
            alice.sendMessage(talk.conversation(), "from two devices", "two-devices");
            var first = talk.expectStored(alice, "from two devices");
            other.sendMessage(talk.conversation(), "from two devices", "two-devices");
            var again = other.expect("sent");
            assertThat(again.get("duplicate").asBoolean()).isTrue();
            assertThat(again.get("message_id")).isEqualTo(first.get("message_id"));
            talk.assertUntouched(alice);
        }
    }

    @Test
    void bothPeopleMayUseTheSameId() throws Exception {
        try (DuetClient alice = talk.alice()) {
            alice.sendMessage(talk.conversation(), "alice's", "shared-id");
            talk.expectStored(alice, "alice's");
        }
        try (UntouchedTalk fresh = new UntouchedTalk(talk.talk.alice().duet());
                DuetClient alice = fresh.alice()) {
            fresh.bob.sendMessage(fresh.conversation(), "bob's", "shared-id");
            assertThat(fresh.bob.expect("sent").get("duplicate").asBoolean()).isFalse();
            alice.sendMessage(fresh.conversation(), "alice's", "shared-id");
            var sent = alice.expect("sent");
            assertThat(sent.get("duplicate").asBoolean()).isFalse();
            assertThat(number(sent, "sequence_number")).isEqualTo(2);
        }
    }
}
