package io.duet.delivery;

import io.duet.inbox.Holder;
import io.duet.inbox.Inboxes;
import io.duet.message.AppendOutcome;
import io.duet.message.Appended;
import io.duet.message.StoredMessage;
import io.duet.platform.GroupCommit;
import io.duet.routing.Routing;
import io.duet.tracing.Stage;
import io.duet.tracing.Tracing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * What follows a commit: the nodes that hold target devices learn of the messages, and then the senders. Runs on the completion
 * thread of one lane, so batches of a conversation stay in commit order.
 */
final class CommittedBatches {
    private static final Logger LOG = Logger.getLogger(CommittedBatches.class);
    /** Longer than this no sender waits to know where devices are: the message is durable, the reconciliation will deliver it. */
    private static final Duration INBOX_DEADLINE = Duration.ofSeconds(1);

    private final Inboxes inboxes;
    private final Routing routing;
    private final DeliveryMetrics metrics;
    private final Tracing tracing;

    CommittedBatches(Inboxes inboxes, Routing routing, DeliveryMetrics metrics, Tracing tracing) {
        this.inboxes = inboxes;
        this.routing = routing;
        this.metrics = metrics;
        this.tracing = tracing;
    }

    void committed(List<Appended> batch) {
        final Map<UUID, Stage> routes = routes(batch);
        try {
            carry(batch, routes);
        } catch (RuntimeException e) {
            LOG.warnf(e, "%d stored messages wait for the reconciliation", batch.size());
        } finally {
            routes.values().forEach(Stage::end);
            batch.forEach(appended -> appended.reply().complete(appended.outcome()));
        }
    }

    private void carry(List<Appended> batch, Map<UUID, Stage> routes) {
        final Set<UUID> targets = targets(batch);
        if (targets.isEmpty()) {
            return;
        }
        final Map<UUID, Holder> holders = holders(targets);
        if (!holders.isEmpty()) {
            routing.send(notices(batch, holders, routes));
        }
        time(batch);
    }

    /** Of those that are traced. */
    private Map<UUID, Stage> routes(List<Appended> batch) {
        final Map<UUID, Stage> routes = new HashMap<>(0);
        for (Appended appended : batch) {
            if (appended.outcome() instanceof AppendOutcome.Stored stored && !stored.duplicate()) {
                final GroupCommit.Times times = appended.times();
                tracing.committed(
                                appended.draft(),
                                subject(stored.message()),
                                new Tracing.Times(times.submittedNanos(), times.begunNanos(), times.committedNanos()))
                        .ifPresent(route -> routes.put(stored.message().messageId(), route));
            }
        }
        return routes;
    }

    static Tracing.Subject subject(StoredMessage message) {
        return new Tracing.Subject(message.messageId(), message.conversationId(), message.sequenceNumber());
    }

    private void time(List<Appended> batch) {
        final long now = System.nanoTime();
        for (Appended appended : batch) {
            if (appended.outcome() instanceof AppendOutcome.Stored stored && !stored.duplicate()) {
                metrics.routed(appended.times().committedNanos(), now);
            }
        }
    }

    private static Set<UUID> targets(List<Appended> batch) {
        final Set<UUID> targets = new HashSet<>();
        for (Appended appended : batch) {
            if (appended.outcome() instanceof AppendOutcome.Stored stored) {
                targets.addAll(stored.targetDevices());
            }
        }
        return targets;
    }

    private Map<UUID, Holder> holders(Set<UUID> devices) {
        return inboxes.holders(devices)
                .toCompletableFuture()
                .orTimeout(INBOX_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }

    private static Map<String, List<Object>> notices(
            List<Appended> batch, Map<UUID, Holder> holders, Map<UUID, Stage> routes) {
        final Map<String, List<Object>> perNode = new HashMap<>();
        for (Appended appended : batch) {
            if (appended.outcome() instanceof AppendOutcome.Stored stored) {
                final Optional<Stage> route =
                        Optional.ofNullable(routes.get(stored.message().messageId()));
                connectionsPerNode(stored.targetDevices(), holders)
                        .forEach((node, connections) -> perNode.computeIfAbsent(node, n -> new ArrayList<>())
                                .add(Notice.Message.of(stored.message(), connections, route)));
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
