package io.duet.message;

import static io.duet.message.MessageLogDbTest.stored;
import static org.assertj.core.api.Assertions.assertThat;

import io.duet.config.DuetConfig;
import io.duet.platform.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the durable inbox of a device answers. */
class InboxQueriesDbTest {
    private static final TestDatabase DB = TestDatabase.migrated();
    private static MessageLog log;

    @BeforeAll
    static void open() {
        log = new MessageLog(DB.database(), DuetConfig.defaults(), Thread::new, new SimpleMeterRegistry());
    }

    @AfterAll
    static void close() {
        log.close();
        DB.close();
    }

    @Test
    void pendingIsPagedThroughAllConversationsInTheOrderOfPositions() {
        UUID bob = Talk.person(DB);
        UUID phone = Talk.device(DB, bob);
        List<StoredMessage> sent = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            UUID conversation = conversationWithIdFrom(bob, i);
            for (int j = 0; j < 5; j++) {
                sent.add(stored(log.append(new Draft(conversation, bob, null, "b-" + j, "x")))
                        .message());
            }
        }

        List<StoredMessage> pages = new ArrayList<>();
        Position after = Position.START;
        List<StoredMessage> page = log.pending(phone, after, 7);
        while (!page.isEmpty()) {
            assertThat(page).hasSizeLessThanOrEqualTo(7);
            pages.addAll(page);
            after = Position.of(page.get(page.size() - 1));
            page = log.pending(phone, after, 7);
        }

        assertThat(pages)
                .containsExactlyElementsOf(
                        sent.stream().sorted(Comparator.comparing(Position::of)).toList());
    }

    /** Ids over the whole range, so that signed and unsigned order differ. */
    private static UUID conversationWithIdFrom(UUID bob, int i) {
        UUID drawn = Talk.conversation(DB, bob, Talk.person(DB));
        UUID wanted = new UUID((long) i << 60 | i, (long) (15 - i) << 60 | i);
        DB.execute("ALTER TABLE read_receipts DROP CONSTRAINT read_receipts_conversation_id_fkey;"
                + "UPDATE conversations SET conversation_id = '" + wanted + "' WHERE conversation_id = '" + drawn + "';"
                + "UPDATE read_receipts SET conversation_id = '" + wanted + "' WHERE conversation_id = '" + drawn + "';"
                + "ALTER TABLE read_receipts ADD CONSTRAINT read_receipts_conversation_id_fkey"
                + " FOREIGN KEY (conversation_id) REFERENCES conversations");
        return wanted;
    }

    @Test
    void aHoleIsReadByItsBounds() {
        Talk talk = Talk.in(DB, 1);
        for (int i = 1; i <= 9; i++) {
            stored(log.append(talk.fromAlice("a-" + i, "x")));
        }
        log.acknowledge(new Acknowledgement.UpTo(talk.bobDevice(), talk.bob(), talk.conversationId(), 2))
                .toCompletableFuture()
                .join();

        assertThat(sequences(log.pendingIn(talk.bobDevice(), talk.conversationId(), 0, 5, 10)))
                .containsExactly(3L, 4L);
        assertThat(sequences(log.pendingIn(talk.bobDevice(), talk.conversationId(), 5, 9, 2)))
                .containsExactly(6L, 7L);
        assertThat(log.pendingIn(talk.bobDevice(), UUID.randomUUID(), 0, 100, 10))
                .isEmpty();
        assertThat(log.pendingIn(talk.aliceDevice(), talk.conversationId(), 0, 100, 10))
                .isEmpty();
    }

    @Test
    void whatIsOwedOfAConversationComesWithItsHead() {
        Talk talk = Talk.in(DB, 1);
        for (int i = 1; i <= 6; i++) {
            stored(log.append(talk.fromAlice("a-" + i, "x")));
        }
        log.acknowledge(new Acknowledgement.UpTo(talk.bobDevice(), talk.bob(), talk.conversationId(), 2))
                .toCompletableFuture()
                .join();

        Owed some = log.owed(talk.bobDevice(), talk.conversationId(), 3, 2);
        assertThat(sequences(some.messages())).containsExactly(4L, 5L);
        assertThat(some.head()).isEqualTo(6);
        assertThat(log.owed(talk.aliceDevice(), talk.conversationId(), 0, 10)).isEqualTo(new Owed(List.of(), 6));
        assertThat(log.owed(talk.bobDevice(), UUID.randomUUID(), 0, 10)).isEqualTo(new Owed(List.of(), 0));
    }

    @Test
    void reconciliationFindsOldPendingMessagesOfManyDevicesAtOnce() {
        Talk one = Talk.in(DB, 2);
        Talk other = Talk.in(DB, 1);
        for (int i = 1; i <= 4; i++) {
            stored(log.append(one.fromAlice("a-" + i, "x")));
        }
        stored(log.append(other.fromAlice("a-1", "x")));
        List<UUID> devices =
                List.of(one.bobDevices().get(0), one.bobDevices().get(1), other.bobDevice(), other.aliceDevice());
        DB.execute("UPDATE message_status SET updated_at = updated_at - interval '1 hour' WHERE conversation_id = '"
                + one.conversationId() + "' AND sequence_number < 4");

        Map<UUID, List<StoredMessage>> old = log.pendingOlderThan(devices, Duration.ofMinutes(30), 2);
        assertThat(old).containsOnlyKeys(one.bobDevices());
        assertThat(old.values())
                .allSatisfy(messages -> assertThat(sequences(messages)).containsExactly(1L, 2L));

        assertThat(log.pendingOlderThan(devices, Duration.ZERO, 10).get(one.bobDevice()))
                .hasSize(4);
        assertThat(log.pendingOlderThan(devices, Duration.ZERO, 10).get(other.bobDevice()))
                .hasSize(1);
        assertThat(log.pendingOlderThan(List.of(), Duration.ZERO, 10)).isEmpty();
    }

    @Test
    void theFirstPagesOfManyDevicesAreReadAtOnce() {
        Talk one = Talk.in(DB, 2);
        Talk other = Talk.in(DB, 1);
        for (int i = 1; i <= 4; i++) {
            stored(log.append(one.fromAlice("a-" + i, "x")));
        }
        stored(log.append(other.fromAlice("a-1", "x")));
        log.acknowledge(new Acknowledgement.UpTo(one.bobDevice(), one.bob(), one.conversationId(), 1))
                .toCompletableFuture()
                .join();

        Map<UUID, List<StoredMessage>> pages = log.pendingOf(
                List.of(one.bobDevices().get(0), one.bobDevices().get(1), other.bobDevice(), other.aliceDevice()), 3);

        assertThat(pages)
                .containsOnlyKeys(one.bobDevices().get(0), one.bobDevices().get(1), other.bobDevice());
        assertThat(sequences(pages.get(one.bobDevices().get(0)))).containsExactly(2L, 3L, 4L);
        assertThat(sequences(pages.get(one.bobDevices().get(1)))).containsExactly(1L, 2L, 3L);
        assertThat(pages.get(other.bobDevice())).isEqualTo(log.pending(other.bobDevice(), Position.START, 3));
    }

    @Test
    void theStatusOfAMessageIsForItsSender() {
        Talk talk = Talk.in(DB, 2);
        UUID id = stored(log.append(talk.fromAlice("a-1", "x"))).message().messageId();
        log.acknowledge(new Acknowledgement.One(talk.bobDevice(), talk.bob(), id))
                .toCompletableFuture()
                .join();

        MessageStatus status = log.status(id, talk.alice()).orElseThrow();
        assertThat(status.read()).isFalse();
        assertThat(status.items())
                .extracting(MessageStatus.OnDevice::deviceId, MessageStatus.OnDevice::status)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple(talk.bobDevices().get(0), "delivered"),
                        org.assertj.core.groups.Tuple.tuple(talk.bobDevices().get(1), "sent"));
        assertThat(log.status(id, talk.bob())).isEmpty();
        assertThat(log.status(UUID.randomUUID(), talk.alice())).isEmpty();

        Talk toNobodysDevice = Talk.in(DB, 0);
        UUID undeliverable = stored(log.append(toNobodysDevice.fromAlice("a-1", "x")))
                .message()
                .messageId();
        assertThat(log.status(undeliverable, toNobodysDevice.alice())
                        .orElseThrow()
                        .items())
                .isEmpty();
    }

    private static List<Long> sequences(List<StoredMessage> messages) {
        return messages.stream().map(StoredMessage::sequenceNumber).toList();
    }
}
