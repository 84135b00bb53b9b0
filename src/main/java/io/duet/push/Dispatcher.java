package io.duet.push;

import io.duet.conversation.Conversations;
import io.duet.device.Devices;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;

/** Takes what is due, sends it on its way and notes what became of it. At most so many pushes are on their way at once. */
final class Dispatcher {
    private static final Logger LOG = Logger.getLogger(Dispatcher.class);
    private static final Duration RELAY_DEADLINE = Duration.ofSeconds(30);

    /** Longer than a push can be on its way. */
    private static final Duration LEASE = Duration.ofSeconds(60);

    /** Then whoever runs this has other things to do. */
    private static final int TAKES = 20;

    private static final PushOutcome NO_RELAY =
            new PushOutcome.Refused("nobody carries pushes for tokens of this kind");

    private final PushTable table;
    private final Occasions occasions;
    private final Conversations conversations;
    private final Devices devices;
    private final List<PushRelay> relays;
    private final Backoff backoff;
    private final PushMetrics metrics;
    private final Executor threads;
    private final Duration timeToLive;
    private final int concurrency;
    private final AtomicInteger onTheirWay = new AtomicInteger();
    private final AtomicBoolean taking = new AtomicBoolean();
    private volatile boolean more;
    private volatile boolean stopped;

    /** A push that goes out for an occasion. */
    private record Outgoing(Occasion occasion, UUID userId, String token, Optional<Push.Arrival> arrival) {}

    /** @param threads for what blocks on the database when an answer has come */
    Dispatcher(
            PushTable table,
            Occasions occasions,
            Conversations conversations,
            Devices devices,
            List<PushRelay> relays,
            Backoff backoff,
            PushMetrics metrics,
            Executor threads,
            Duration timeToLive,
            int concurrency) {
        this.table = table;
        this.occasions = occasions;
        this.conversations = conversations;
        this.devices = devices;
        this.relays = List.copyOf(relays);
        this.backoff = backoff;
        this.metrics = metrics;
        this.threads = threads;
        this.timeToLive = timeToLive;
        this.concurrency = concurrency;
    }

    /**
     * Sends until nothing is due or as much as may be is on its way; where there is more, it goes on by itself when half of that
     * has come back. Blocks on the database, not on push services. While one runs, another does nothing.
     */
    void run() {
        if (stopped || !taking.compareAndSet(false, true)) {
            return;
        }
        try {
            more = true;
            for (int i = 0; more && !stopped && i < TAKES; i++) {
                int free = concurrency - onTheirWay.get();
                if (free <= 0) {
                    return;
                }
                List<Lease> leases = table.take(free, LEASE);
                more = leases.size() == free;
                dispatch(leases.isEmpty() ? List.of() : occasions.read(leases));
            }
        } finally {
            taking.set(false);
        }
    }

    /** Takes nothing more, and waits at most so long until what is on its way has been noted. */
    void stop(Duration deadline) {
        stopped = true;
        long end = System.nanoTime() + deadline.toNanos();
        while ((taking.get() || onTheirWay.get() > 0) && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    private void dispatch(List<Occasion> all) {
        List<Outgoing> outgoing =
                all.stream().flatMap(o -> outgoing(o).stream()).toList();
        Set<UUID> users = new HashSet<>();
        outgoing.forEach(push -> users.add(push.userId()));
        Map<UUID, Long> unread = users.isEmpty() ? Map.of() : conversations.unreadOf(users);
        for (Outgoing one : outgoing) {
            Lease lease = one.occasion().lease();
            send(
                    one,
                    new Push(lease.conversationId(), one.arrival(), unread.getOrDefault(one.userId(), 0L), timeToLive));
        }
        for (Occasion occasion : all) {
            if (occasion instanceof Occasion.Told told) {
                table.told(told.lease(), 0);
            } else if (occasion instanceof Occasion.Settled settled) {
                table.settle(settled.lease());
            }
        }
    }

    private static Optional<Outgoing> outgoing(Occasion occasion) {
        if (occasion instanceof Occasion.Tell tell) {
            return Optional.of(new Outgoing(tell, tell.userId(), tell.token(), Optional.of(tell.arrival())));
        }
        return occasion instanceof Occasion.Clear clear
                ? Optional.of(new Outgoing(clear, clear.userId(), clear.token(), Optional.empty()))
                : Optional.empty();
    }

    private void send(Outgoing one, Push push) {
        onTheirWay.incrementAndGet();
        carried(PushToken.parse(one.token()), push)
                .handleAsync((outcome, failure) -> finished(one, push, outcome), threads)
                .exceptionally(rejected -> onTheirWay.decrementAndGet());
    }

    /** @param outcome null when the relay failed */
    private int finished(Outgoing one, Push push, PushOutcome outcome) {
        try {
            if (outcome instanceof PushOutcome.TooLarge && push.hasPreview()) {
                send(one, push.withoutPreview());
            } else {
                note(one, outcome == null ? new PushOutcome.Unavailable(Optional.empty()) : outcome);
            }
        } catch (RuntimeException e) {
            LOG.warnf(e, "What became of a push could not be noted; it may go out once more");
        }
        int left = onTheirWay.decrementAndGet();
        if (more && left <= concurrency / 2) {
            goOn();
        }
        return left;
    }

    private void goOn() {
        try {
            run();
        } catch (RuntimeException e) {
            LOG.debugf(e, "The next round takes what is due");
        }
    }

    private CompletionStage<PushOutcome> carried(PushToken token, Push push) {
        for (PushRelay relay : relays) {
            try {
                if (relay.serves(token)) {
                    return relay.send(token, push)
                            .toCompletableFuture()
                            .copy()
                            .orTimeout(RELAY_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
                }
            } catch (RuntimeException e) {
                LOG.warnf(e, "A relay for pushes failed");
                return CompletableFuture.completedFuture(new PushOutcome.Unavailable(Optional.empty()));
            }
        }
        return CompletableFuture.completedFuture(NO_RELAY);
    }

    private void note(Outgoing one, PushOutcome outcome) {
        Lease lease = one.occasion().lease();
        if (outcome instanceof PushOutcome.Accepted) {
            metrics.accepted();
            done(one.occasion());
        } else if (outcome instanceof PushOutcome.TokenGone) {
            metrics.gone();
            devices.forgetPushToken(lease.deviceId(), one.token());
            table.forget(lease.deviceId());
        } else if (outcome instanceof PushOutcome.Unavailable unavailable) {
            Optional<Duration> wait = backoff.after(lease.attempts(), unavailable.retryAfter());
            if (wait.isPresent()) {
                metrics.retried();
                table.retry(lease, wait.get());
            } else {
                metrics.givenUp();
                done(one.occasion());
            }
        } else {
            metrics.refused();
            Logger.Level level = outcome == NO_RELAY ? Logger.Level.DEBUG : Logger.Level.INFO;
            LOG.logf(level, "A push for device %s cannot be sent: %s", lease.deviceId(), why(outcome));
            done(one.occasion());
        }
    }

    private static String why(PushOutcome outcome) {
        return outcome instanceof PushOutcome.Refused refused ? refused.why() : "it is too large";
    }

    private void done(Occasion occasion) {
        if (occasion instanceof Occasion.Tell tell) {
            table.told(tell.lease(), tell.arrival().sequenceNumber());
        } else {
            table.settle(occasion.lease());
        }
    }
}
