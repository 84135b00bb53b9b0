package io.duet.system;

import static io.duet.system.client.Json.fields;
import static io.duet.system.client.Json.number;
import static io.duet.system.client.Json.text;
import static io.duet.system.client.Json.uuid;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Person;
import io.duet.system.client.Rest;
import io.duet.system.client.Talk;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** The list that a client opens with: exact counts, newest first, whole in pages. */
@ExtendWith(SharedServers.class)
class ConversationListTest {

    @Test
    void itemHasEverythingAndUnreadIsExact(Duet duet) throws Exception {
        Talk talk = Talk.on(duet);
        JsonNode empty = talk.alice().conversation(talk.conversation());
        assertThat(fields(empty))
                .containsExactlyInAnyOrder(
                        "conversation_id",
                        "peer",
                        "created_at",
                        "updated_at",
                        "last_message",
                        "last_sequence",
                        "unread_count",
                        "my_last_read_sequence",
                        "peer_last_read_sequence",
                        "peer_delivered_sequence");
        assertThat(empty.get("last_message").isNull()).isTrue();
        assertThat(number(empty, "last_sequence")).isZero();
        try (DuetClient alice = talk.alice().online();
                DuetClient bob = talk.bob().online()) {
            alice.say(talk.conversation(), "1");
            bob.say(talk.conversation(), "2");
            bob.say(talk.conversation(), "3");
            alice.say(talk.conversation(), "4");
            bob.say(talk.conversation(), "5");
            assertUnread(talk.alice(), talk, 3);
            assertUnread(talk.bob(), talk, 2);
            alice.read(talk.conversation(), 2);
            bob.expect("read");
            assertUnread(talk.alice(), talk, 2);
            alice.read(talk.conversation(), 4);
            bob.expect("read");
            assertUnread(talk.alice(), talk, 1);
            alice.read(talk.conversation(), 5);
            bob.expect("read");
            assertUnread(talk.alice(), talk, 0);
            alice.say(talk.conversation(), "6");
            assertUnread(talk.alice(), talk, 0);
            assertUnread(talk.bob(), talk, 3);
        }
        JsonNode item =
                talk.bob().get("/api/conversations").expect(200).get("items").get(0);
        assertThat(item).isEqualTo(talk.bob().conversation(talk.conversation()));
        assertThat(number(item, "last_sequence")).isEqualTo(6);
        JsonNode last = item.get("last_message");
        assertThat(text(last, "content")).isEqualTo("6");
        assertThat(number(last, "sequence_number")).isEqualTo(6);
        assertThat(text(item, "updated_at")).isEqualTo(text(last, "timestamp"));
        assertThat(fields(last))
                .contains("message_id", "conversation_id", "sender_id", "content", "sequence_number", "timestamp");
        assertThat(fields(item.get("peer"))).containsExactlyInAnyOrder("user_id", "username");
        assertThat(number(item, "my_last_read_sequence")).isZero();
        assertThat(number(item, "peer_last_read_sequence")).isEqualTo(5);
    }

    private static void assertUnread(Person person, Talk talk, long expected) {
        assertThat(number(person.conversation(talk.conversation()), "unread_count"))
                .isEqualTo(expected);
    }

    @Test
    void pagesAreWholeAndNewestFirst(Duet duet) throws Exception {
        Person alice = duet.register();
        List<UUID> created = new ArrayList<>();
        List<Person> peers = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            Person peer = duet.register();
            peers.add(peer);
            created.add(i % 2 == 0 ? alice.conversationWith(peer) : peer.conversationWith(alice));
        }
        try (DuetClient client = alice.online()) {
            for (int i : new int[] {3, 0, 5}) {
                client.say(created.get(i), "to " + i);
            }
        }
        List<UUID> seen = new ArrayList<>();
        String cursor = null;
        int pages = 0;
        do {
            JsonNode page = alice.get("/api/conversations?limit=3" + (cursor == null ? "" : "&cursor=" + cursor))
                    .expect(200);
            assertThat(page.get("items").size()).isLessThanOrEqualTo(3);
            page.get("items").forEach(item -> seen.add(uuid(item, "conversation_id")));
            cursor = page.get("next_cursor").isNull() ? null : text(page, "next_cursor");
            pages++;
        } while (cursor != null && pages < 10);
        assertThat(seen)
                .containsExactly(
                        created.get(5),
                        created.get(0),
                        created.get(3),
                        created.get(6),
                        created.get(4),
                        created.get(2),
                        created.get(1));
        assertThat(pages).isEqualTo(3);
    }

    @Test
    void eightSimultaneousCreationsMakeOne(Duet duet) throws Exception {
        for (int round = 0; round < 5; round++) {
            Person alice = duet.register();
            Person bob = duet.register();
            ExecutorService callers = Executors.newFixedThreadPool(8);
            try {
                CyclicBarrier together = new CyclicBarrier(8);
                List<Future<Rest.Answer>> futures = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    Person one = i % 2 == 0 ? alice : bob;
                    Person other = i % 2 == 0 ? bob : alice;
                    Callable<Rest.Answer> creation = () -> {
                        together.await(10, TimeUnit.SECONDS);
                        return one.post("/api/conversations", Map.of("recipient_user_id", other.userId()));
                    };
                    futures.add(callers.submit(creation));
                }
                Set<String> ids = new HashSet<>();
                int created = 0;
                for (Future<Rest.Answer> future : futures) {
                    Rest.Answer answer = future.get(30, TimeUnit.SECONDS);
                    assertThat(answer.status()).isIn(200, 201);
                    created += answer.status() == 201 ? 1 : 0;
                    ids.add(text(answer.json(), "conversation_id"));
                }
                assertThat(ids).hasSize(1);
                assertThat(created).isEqualTo(1);
            } finally {
                callers.shutdownNow();
            }
        }
    }

    @Test
    void directoryFindsByPrefixInPages(Duet duet) {
        String prefix = "dir" + UUID.randomUUID().toString().substring(0, 8);
        Person asking = duet.register();
        for (String suffix : new String[] {".a", ".b", ".c"}) {
            duet.register(prefix + suffix);
        }
        JsonNode first = asking.get("/api/users?limit=2&query=" + prefix).expect(200);
        assertThat(first.get("items")).hasSize(2);
        assertThat(text(first.get("items").get(0), "username")).isEqualTo(prefix + ".a");
        assertThat(fields(first.get("items").get(0)))
                .as("an address is nobody's business")
                .doesNotContain("email");
        JsonNode second = asking.get("/api/users?limit=2&query=" + prefix + "&cursor=" + text(first, "next_cursor"))
                .expect(200);
        assertThat(second.get("items")).hasSize(1);
        assertThat(second.get("next_cursor").isNull()).isTrue();
        assertThat(asking.get("/api/users?query=%25").expect(200).get("items")).isEmpty();
        assertThat(asking.get("/api/users?query=" + prefix.substring(0, 3) + "_")
                        .expect(200)
                        .get("items"))
                .isEmpty();
    }

    @Test
    void meIsMe(Duet duet) {
        Person alice = duet.register();
        JsonNode me = alice.get("/api/users/me").expect(200);
        assertThat(uuid(me, "user_id")).isEqualTo(alice.userId());
        assertThat(text(me, "username")).isEqualTo(alice.username());
        assertThat(text(me, "email")).isEqualTo(alice.username() + "@example.org");
        assertThat(me.toString()).doesNotContain("password");
    }
}
