package io.duet.delivery;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.duet.account.Accounts;
import io.duet.account.SessionRevoked;
import io.duet.config.DuetConfig;
import io.duet.conversation.Conversations;
import io.duet.conversation.ReadOutcome;
import io.duet.device.DeviceRemoved;
import io.duet.device.Devices;
import io.duet.inbox.Inboxes;
import io.duet.message.AckOutcome;
import io.duet.message.Draft;
import io.duet.message.MessageLog;
import io.duet.message.Owed;
import io.duet.message.Position;
import io.duet.message.Range;
import io.duet.message.StoredMessage;
import io.duet.platform.Background;
import io.duet.platform.GroupedRead;
import io.duet.platform.Started;
import io.duet.presence.Presence;
import io.duet.presence.PresenceChange;
import io.duet.protocol.ClientFrame;
import io.duet.protocol.CloseCode;
import io.duet.routing.Routing;
import io.duet.tracing.Tracing;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Every use case of a connected device. A method returns at once; what blocks runs on the work executor, and each answer
 * comes within the deadlines of the rooms beneath (10 s at most). Safe for all threads. Stages never fail: trouble is an
 * outcome.
 */
@Singleton
public final class Delivery {
    private static final Logger LOG = Logger.getLogger(Delivery.class);
    private static final Duration TYPING_INTERVAL = Duration.ofSeconds(3);
    private static final int PRESENCE_WAITING = 65_536;
    private static final int PRESENCE_TOGETHER = 32;
    private static final Duration PRESENCE_CHECK = Duration.ofSeconds(5);
    private static final int TYPISTS = 100_000;

    private final MessageLog log;
    private final Conversations conversations;
    private final Inboxes inboxes;
    private final Routing routing;
    private final Presence presence;
    private final Executor work;
    private final ScheduledExecutorService scheduler;
    private final DuetConfig config;
    private final Connections connections = new Connections();
    private final Receipts receipts;
    private final Admission admission;
    private final DeliveryMetrics metrics;
    private final Tracing tracing;
    private final Reconciliation reconciliation;
    private final SendRate sendRate;
    private final GroupedRead<UUID, Set<UUID>> peers;
    private final Cache<Typist, Boolean> typing = Caffeine.newBuilder()
            .expireAfterWrite(TYPING_INTERVAL)
            .maximumSize(TYPISTS)
            .build();
    private volatile ScheduledFuture<?> reconciling;
    private volatile ScheduledFuture<?> checkingPresence;

    private record Typist(UUID userId, UUID conversationId) {}

    @Inject
    public Delivery(
            Accounts accounts,
            Devices devices,
            Conversations conversations,
            MessageLog log,
            Inboxes inboxes,
            Presence presence,
            Routing routing,
            Executor work,
            @Background Executor background,
            ScheduledExecutorService scheduler,
            DuetConfig config,
            MeterRegistry meters,
            Tracing tracing) {
        this.log = log;
        this.conversations = conversations;
        this.inboxes = inboxes;
        this.routing = routing;
        this.presence = presence;
        this.work = work;
        this.scheduler = scheduler;
        this.config = config;
        this.tracing = tracing;
        this.receipts = new Receipts(log, conversations, routing, tracing);
        final Eviction eviction = new Eviction(accounts, devices);
        this.admission = new Admission(
                accounts, devices, connections, inboxes, routing, presence, receipts, eviction, work, background);
        this.metrics = new DeliveryMetrics(meters);
        metrics.observeAdmissions(admission::waiting);
        this.reconciliation = new Reconciliation(connections, log, eviction, config.reconcile(), metrics);
        this.peers = new GroupedRead<>(PRESENCE_WAITING, PRESENCE_TOGETHER, background, conversations::peersOf);
        this.sendRate = new SendRate(config.limits(), System::nanoTime);
    }

    /** Wires this room to those beneath it and begins to reconcile. Called once, when the database is ready. */
    public void start(@Observes Started started) {
        log.onCommitted(new CommittedBatches(inboxes, routing, metrics, tracing)::committed);
        routing.onNotice(new NoticeReceiver(connections, tracing)::receive);
        inboxes.onDisplaced(holder -> connections
                .byId(holder.connectionId())
                .ifPresent(connection -> connection.link().close(CloseCode.DISPLACED)));
        inboxes.onViewSettled(() -> work.execute(reconciliation::runAfterLoss));
        presence.onChange(change -> peers.ask(change.userId())
                .thenAccept(told -> tellPeers(told, change))
                .exceptionally(failure -> {
                    LOG.warnf(failure, "A change of presence was not told");
                    return null;
                }));
        checkingPresence = scheduler.scheduleWithFixedDelay(
                () -> work.execute(presence::check),
                PRESENCE_CHECK.toMillis(),
                PRESENCE_CHECK.toMillis(),
                TimeUnit.MILLISECONDS);
        final long intervalMillis = config.reconcile().interval().toMillis();
        reconciling = scheduler.scheduleWithFixedDelay(
                () -> work.execute(reconciliation::run), intervalMillis, intervalMillis, TimeUnit.MILLISECONDS);
    }

    @PreDestroy
    void stop() {
        if (checkingPresence != null) {
            checkingPresence.cancel(false);
        }
        if (reconciling != null) {
            reconciling.cancel(false);
        }
    }

    /**
     * A device wants its messages here.
     *
     * @param headerToken the bearer token of the upgrade request, for when the frame has none
     */
    public CompletionStage<ConnectOutcome> connect(Link link, Optional<String> headerToken, ClientFrame.Connect frame) {
        return admission.connect(link, headerToken, frame);
    }

    /** The connection is gone; repeating it does no harm. What it had not acknowledged stays in the inbox. */
    public void disconnect(Connection connection) {
        admission.disconnect(connection);
    }

    /** A fresh token for a live connection. */
    public CompletionStage<AuthenticateOutcome> authenticate(Connection connection, String token) {
        return admission.authenticate(connection, token);
    }

    /** Stores a message. {@code Stored} is answered only after the commit. */
    public CompletionStage<SendOutcome> send(Connection connection, ClientFrame.SendMessage frame) {
        final Optional<Duration> wait = sendRate.take(connection.userId());
        if (wait.isPresent()) {
            return CompletableFuture.completedFuture(new SendOutcome.RateLimited(wait.get()));
        }
        final Draft draft = new Draft(
                frame.conversationId(),
                connection.userId(),
                connection.deviceId(),
                frame.clientMessageId(),
                frame.content());
        tracing.accepted(draft);
        return log.append(draft).thenApply(SendOutcome.Answered::new);
    }

    /** The device has persisted something: durable first, then told to the sender. */
    public CompletionStage<AckOutcome> acknowledge(Connection connection, ClientFrame.Ack frame) {
        return receipts.acknowledge(connection, frame);
    }

    /** The person has read. */
    public CompletionStage<ReadOutcome> read(Connection connection, ClientFrame.ReadReceipt frame) {
        return receipts.read(connection, frame);
    }

    /** The peer's connections are told, once in 3 s at most; false when it is not the caller's conversation. */
    public CompletionStage<Boolean> typing(Connection connection, ClientFrame.Typing frame) {
        final UUID userId = connection.userId();
        return log.reading(
                        frame.conversationId(),
                        work,
                        () -> conversations.participants(frame.conversationId()).filter(pair -> pair.has(userId)))
                .thenApply(pair -> {
                    pair.ifPresent(known -> tellTyping(known.peerOf(userId), userId, frame.conversationId()));
                    return pair.isPresent();
                })
                .exceptionally(failure -> {
                    LOG.debugf(failure, "A typing hint was dropped");
                    return true;
                });
    }

    private void tellTyping(UUID peerId, UUID userId, UUID conversationId) {
        final Typist typist = new Typist(userId, conversationId);
        if (typing.asMap().putIfAbsent(typist, true) == null) {
            routing.publish(List.of(peerId), new Notice.Typing(peerId, conversationId, userId));
        }
    }

    /**
     * A part of a conversation, from the log.
     *
     * @param passed the last sequence number of it that this connection has been sent, 0 for none
     */
    public CompletionStage<SyncOutcome> sync(Connection connection, ClientFrame.Sync frame, long passed) {
        return log.reading(frame.conversationId(), work, () -> range(connection, frame, passed))
                .exceptionally(failure -> {
                    LOG.warnf(failure, "A conversation could not be read");
                    return new SyncOutcome.Unavailable();
                });
    }

    private SyncOutcome range(Connection connection, ClientFrame.Sync frame, long passed) {
        final UUID conversationId = frame.conversationId();
        if (conversations
                .participants(conversationId)
                .filter(pair -> pair.has(connection.userId()))
                .isEmpty()) {
            return new SyncOutcome.NotFound();
        }
        final List<StoredMessage> found =
                log.history(conversationId, new Range.After(frame.afterSequence()), frame.limit() + 1);
        final boolean hasMore = found.size() > frame.limit();
        final boolean nothingPendingBefore = frame.afterSequence() <= passed
                || log.pendingIn(connection.deviceId(), conversationId, passed, frame.afterSequence() + 1, 1)
                        .isEmpty();
        return new SyncOutcome.Range(hasMore ? found.subList(0, frame.limit()) : found, hasMore, nothingPendingBefore);
    }

    /** What the device has not acknowledged, a page of it; the stage fails when neither cache nor log can be read. */
    public CompletionStage<List<StoredMessage>> pending(Connection connection, Position after, int limit) {
        return inboxes.pending(connection.deviceId(), after, limit);
    }

    /**
     * What the device has not acknowledged of one conversation above a sequence number, and its head, from the log itself;
     * the stage fails when that cannot be read.
     */
    public CompletionStage<Owed> owed(Connection connection, UUID conversationId, long afterSequence, int limit) {
        return log.reading(
                conversationId, work, () -> log.owed(connection.deviceId(), conversationId, afterSequence, limit));
    }

    private void tellPeers(Set<UUID> told, PresenceChange change) {
        if (!told.isEmpty()) {
            final List<UUID> peerIds = List.copyOf(told);
            routing.publish(
                    peerIds, new Notice.Presence(peerIds, change.userId(), change.online(), change.lastSeenAt()));
        }
    }

    void revoked(@Observes SessionRevoked event) {
        routing.publish(List.of(event.userId()), new Notice.SessionRevoked(event.userId(), event.sessionId()));
    }

    void removed(@Observes DeviceRemoved event) {
        routing.publish(List.of(event.userId()), new Notice.DeviceRemoved(event.userId(), event.deviceId()));
    }
}
