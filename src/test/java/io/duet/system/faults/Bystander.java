package io.duet.system.faults;

import io.duet.system.client.Duet;
import io.duet.system.client.DuetClient;
import io.duet.system.client.Json;
import io.duet.system.client.Person;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/** Somebody who writes by one connection to two people at the other node, with each of whom the conversation is in another database. */
final class Bystander implements AutoCloseable {
    /** So that never as many as the server takes of one connection are without an answer. */
    private static final int ONE_OF = 20;

    private record Peer(UUID conversation, DuetClient client) {}

    private final DuetClient writer;
    private final Map<DatabaseServer, Peer> peers = new HashMap<>();
    private int written;

    Bystander(DividedSite site) {
        Duet there = site.nodes().get(1).duet();
        Person person = site.nodes().get(0).duet().register();
        try {
            while (peers.size() < 2) {
                Person other = there.register();
                UUID conversation = person.conversationWith(other);
                DatabaseServer place = site.of(conversation);
                if (!peers.containsKey(place)) {
                    peers.put(place, new Peer(conversation, other.online()));
                }
            }
            writer = person.online();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Writes a message and waits until it is there; now and then one in the other database too, without waiting.
     *
     * @return how long that took
     */
    Duration exchange(DatabaseServer going, DatabaseServer still) {
        String text = "bystander " + ++written;
        Peer peer = peers.get(going);
        try {
            if (written % ONE_OF == 0) {
                writer.sendMessage(peers.get(still).conversation(), text, text + " still");
            }
            long begun = System.nanoTime();
            writer.say(peer.conversation(), text);
            JsonNode received =
                    peer.client().expect("new_message", message -> text.equals(Json.text(message, "content")));
            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            peer.client().ackUpTo(peer.conversation(), Json.number(received, "sequence_number"));
            return took;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        writer.close();
        List.copyOf(peers.values()).forEach(peer -> peer.client().close());
    }
}
