package io.duet.bench;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Writes a number of messages to each of several conversations, in turn, with so many outstanding at a time. */
final class Writer extends Client {
    private final List<UUID> conversations;
    private final Map<String, Long> deliveredUpTo = new HashMap<>();
    private final int total;
    private final int outstanding;
    private final String idPrefix = UUID.randomUUID().toString().substring(0, 8);
    private int written;
    private long durable;

    Writer(Loop loop, Population.Account account, List<UUID> conversations, int each, int outstanding) {
        super(loop, account);
        this.conversations = conversations;
        this.total = conversations.size() * each;
        this.outstanding = outstanding;
    }

    static long durable(List<Writer> writers) {
        return writers.stream().mapToLong(writer -> writer.durable).sum();
    }

    static long delivered(List<Writer> writers) {
        return writers.stream()
                .flatMap(writer -> writer.deliveredUpTo.values().stream())
                .mapToLong(Long::longValue)
                .sum();
    }

    @Override
    void caughtUp() {
        heartbeat(Math.random());
        for (int i = 0; i < outstanding; i++) {
            writeNext();
        }
    }

    @Override
    void sent(byte[] bytes, int from, int to, long sequence) {
        durable++;
        writeNext();
    }

    @Override
    void delivered(byte[] bytes, int from, int to, long sequence) {
        deliveredUpTo.merge(uuid(bytes, from, to, CONVERSATION), sequence, Long::max);
    }

    private void writeNext() {
        if (written < total) {
            final UUID conversation = conversations.get(written % conversations.size());
            written++;
            send(LoadConnection.prepare(
                    "{\"action\":\"send_message\",\"conversation_id\":\"" + conversation + "\",\"content\":\""
                            + "x".repeat(100) + "\",\"client_message_id\":\"" + idPrefix + written + "\"}"));
        }
    }
}
