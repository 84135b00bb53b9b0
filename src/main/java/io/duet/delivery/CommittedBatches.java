package io.duet.delivery;

import io.duet.inbox.Holder;
import io.duet.inbox.Inboxes;
import io.duet.message.AppendOutcome;
import io.duet.message.Appended;
import io.duet.message.StoredMessage;
import io.duet.routing.Routing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * What follows a commit: the inboxes learn of the messages, then the nodes that hold target devices, and only then the
 * senders, so that a device which connects after {@code sent} was seen finds the message pending. Runs on the completion
 * thread of one lane, so batches of a conversation stay in commit order.
 */
final class CommittedBatches {
    private static final Logger LOG = Logger.getLogger(CommittedBatches.class);
    /** Longer than this no sender waits for the inboxes: the message is durable, the reconciliation will deliver it. */
    private static final Duration INBOX_DEADLINE = Duration.ofSeconds(1);

    private final Inboxes inboxes;
    private final Routing routing;

    CommittedBatches(Inboxes inboxes, Routing routing) {
        this.inboxes = inboxes;
        this.routing = routing;
    }

    void committed(List<Appended> batch) {
        try {
            carry(batch);
        } catch (RuntimeException e) {
            LOG.warnf(e, "%d stored messages wait for the reconciliation", batch.size());
        } finally {
            batch.forEach(appended -> appended.reply().complete(appended.outcome()));
        }
    }

    private void carry(List<Appended> batch) {
        final Map<UUID, List<StoredMessage>> perDevice = perDevice(batch);
        if (perDevice.isEmpty()) {
            return;
        }
        final Map<UUID, Holder> holders = holders(perDevice);
        if (!holders.isEmpty()) {
            routing.send(notices(batch, holders));
        }
    }

    private static Map<UUID, List<StoredMessage>> perDevice(List<Appended> batch) {
        final Map<UUID, List<StoredMessage>> perDevice = new HashMap<>();
        for (Appended appended : batch) {
            if (appended.outcome() instanceof AppendOutcome.Stored stored) {
                for (UUID device : stored.targetDevices()) {
                    perDevice.computeIfAbsent(device, d -> new ArrayList<>(4)).add(stored.message());
                }
            }
        }
        return perDevice;
    }

    private Map<UUID, Holder> holders(Map<UUID, List<StoredMessage>> perDevice) {
        return inboxes.append(perDevice)
                .toCompletableFuture()
                .orTimeout(INBOX_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }

    private static Map<String, List<Object>> notices(List<Appended> batch, Map<UUID, Holder> holders) {
        final Map<String, List<Object>> perNode = new HashMap<>();
        for (Appended appended : batch) {
            if (appended.outcome() instanceof AppendOutcome.Stored stored) {
                connectionsPerNode(stored.targetDevices(), holders)
                        .forEach((node, connections) -> perNode.computeIfAbsent(node, n -> new ArrayList<>())
                                .add(Notice.Message.of(stored.message(), connections)));
            }
        }
        return perNode;
    }

    private static Map<String, List<UUID>> connectionsPerNode(List<UUID> devices, Map<UUID, Holder> holders) {
        final Map<String, List<UUID>> perNode = new LinkedHashMap<>(2);
        for (UUID device : devices) {
            final Holder holder = holders.get(device);
            if (holder != null) {
                perNode.computeIfAbsent(holder.node(), n -> new ArrayList<>(2)).add(holder.connectionId());
            }
        }
        return perNode;
    }
}
