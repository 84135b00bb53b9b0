package io.duet.delivery;

import io.duet.account.Accounts;
import io.duet.account.TokenVerdict;
import io.duet.device.Devices;
import io.duet.device.OwnedDevice;
import io.duet.inbox.Holder;
import io.duet.inbox.Inboxes;
import io.duet.message.AckOutcome;
import io.duet.platform.GroupedRead;
import io.duet.presence.Presence;
import io.duet.protocol.ClientFrame;
import io.duet.routing.Routing;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jboss.logging.Logger.Level;

/** The coming and going of connections: who may, who is displaced, who listens, who is online. */
final class Admission {
    private static final Logger LOG = Logger.getLogger(Admission.class);
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final int WAITING = 65_536;
    private static final int TOGETHER = 64;
    private static final int LOOK_AGAIN_TOGETHER = 512;
    private static final Duration LOOK_AGAIN_AFTER = Duration.ofSeconds(1);

    private final Accounts accounts;
    private final Devices devices;
    private final Connections connections;
    private final Inboxes inboxes;
    private final Routing routing;
    private final Presence presence;
    private final Receipts receipts;
    private final Eviction eviction;
    private final Executor work;
    private final GroupedRead<Arriving, Verdict> arrivals;
    private final GroupedRead<Connection, Void> looksAgain;

    Admission(
            Accounts accounts,
            Devices devices,
            Connections connections,
            Inboxes inboxes,
            Routing routing,
            Presence presence,
            Receipts receipts,
            Eviction eviction,
            Executor work,
            Executor background) {
        this.accounts = accounts;
        this.devices = devices;
        this.connections = connections;
        this.inboxes = inboxes;
        this.routing = routing;
        this.presence = presence;
        this.receipts = receipts;
        this.eviction = eviction;
        this.work = work;
        this.arrivals = new GroupedRead<>(WAITING, TOGETHER, work, this::judge);
        this.looksAgain = new GroupedRead<>(WAITING, LOOK_AGAIN_TOGETHER, background, this::lookAgain);
    }

    /** How many wait to be judged at this moment. */
    int waiting() {
        return arrivals.waiting();
    }

    CompletionStage<ConnectOutcome> connect(Link link, Optional<String> headerToken, ClientFrame.Connect frame) {
        final Optional<String> token = frame.token().or(() -> headerToken);
        if (token.isEmpty()) {
            return CompletableFuture.completedFuture(new ConnectOutcome.Unauthorized());
        }
        return accounts.ready(token.get())
                .thenCompose(ready -> arrivals.ask(new Arriving(token.get(), frame.deviceId(), link)))
                .thenApply(verdict ->
                        link.isOpen() ? verdict.outcome(frame.deviceId(), link) : new ConnectOutcome.Unavailable())
                .thenCompose(outcome -> outcome instanceof ConnectOutcome.Connected connected
                        ? enter(connected, frame)
                        : CompletableFuture.completedFuture(outcome))
                .exceptionally(failure -> {
                    LOG.warnf(failure, "A device could not be connected");
                    return new ConnectOutcome.Unavailable();
                });
    }

    /**
     * Devices that come at the same time are judged together. Whose client has given up is passed over: it would displace the
     * connection with which that client has come again while the database was away.
     */
    private Map<Arriving, Verdict> judge(List<Arriving> arriving) {
        final Map<String, TokenVerdict> verdicts = accounts.verify(
                arriving.stream().map(Arriving::token).distinct().toList());
        final Map<Arriving, OwnedDevice> wanted = new HashMap<>();
        for (Arriving each : arriving) {
            if (verdicts.get(each.token()) instanceof TokenVerdict.Valid valid) {
                wanted.put(each, new OwnedDevice(valid.caller().userId(), each.deviceId()));
            }
        }
        final Map<OwnedDevice, Long> admissions = devices.admit(() -> wanted.entrySet().stream()
                .filter(entry -> entry.getKey().link().isOpen())
                .map(Map.Entry::getValue)
                .collect(Collectors.toSet()));
        return arriving.stream()
                .collect(Collectors.toMap(
                        Function.identity(),
                        each -> new Verdict(
                                verdicts.get(each.token()),
                                Optional.ofNullable(wanted.get(each)).map(admissions::get))));
    }

    private record Arriving(String token, UUID deviceId, Link link) {}

    /** @param admission its number, if the device is one of the caller's */
    private record Verdict(TokenVerdict token, Optional<Long> admission) {
        ConnectOutcome outcome(UUID deviceId, Link link) {
            if (token instanceof TokenVerdict.Undecided) {
                return new ConnectOutcome.Unavailable();
            }
            if (!(token instanceof TokenVerdict.Valid valid)) {
                return new ConnectOutcome.Unauthorized();
            }
            return admission
                    .<ConnectOutcome>map(number -> new ConnectOutcome.Connected(
                            new Connection(UUID.randomUUID(), deviceId, number, valid.caller(), link), Map.of()))
                    .orElseGet(ConnectOutcome.UnknownDevice::new);
        }
    }

    /** Known to this node first, holder of its inbox second: so that no notice for the new holder finds nobody here. */
    private CompletableFuture<ConnectOutcome> enter(ConnectOutcome.Connected connected, ClientFrame.Connect frame) {
        final Connection connection = connected.connection();
        connections.add(connection);
        routing.subscribe(connection.userId());
        presence.connected(connection.userId(), connection.deviceId(), routing.self(), connection.connectionId());
        final CompletableFuture<ConnectOutcome> entered = inboxes.claim(connection.deviceId(), holder(connection))
                .thenCompose(loser -> {
                    loser.ifPresent(this::displace);
                    return hold(connection, frame.lastSequences());
                })
                .thenApply(held -> held.<ConnectOutcome>map(those -> new ConnectOutcome.Connected(connection, those))
                        .orElseGet(ConnectOutcome.Unavailable::new))
                .toCompletableFuture()
                .orTimeout(DEADLINE.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((outcome, failure) -> {
                    if (!(outcome instanceof ConnectOutcome.Connected)) {
                        disconnect(connection);
                    }
                });
        CompletableFuture.delayedExecutor(LOOK_AGAIN_AFTER.toMillis(), TimeUnit.MILLISECONDS, Runnable::run)
                .execute(() -> looksAgain.ask(connection).exceptionally(failure -> {
                    LOG.logf(
                            failure.getCause() instanceof RejectedExecutionException ? Level.DEBUG : Level.WARN,
                            failure,
                            "A new connection could not be looked at again");
                    return null;
                }));
        return entered;
    }

    /** What was revoked or removed while the connection came in was told before it listened. A server that stops takes no such work. */
    private Map<Connection, Void> lookAgain(List<Connection> entered) {
        eviction.look(entered);
        return Map.of();
    }

    /**
     * What the device says that it holds is acknowledged; what it says wrongly is passed over. Empty when that cannot be stored now: what
     * is not acknowledged would be sent again.
     */
    private CompletionStage<Optional<Map<UUID, Long>>> hold(Connection connection, Map<UUID, Long> lastSequences) {
        final Map<UUID, Long> held = new ConcurrentHashMap<>();
        final AtomicBoolean unavailable = new AtomicBoolean();
        final CompletableFuture<?>[] acknowledged = lastSequences.entrySet().stream()
                .filter(entry -> entry.getValue() > 0)
                .map(entry -> receipts.acknowledge(
                                connection, new ClientFrame.AckUpTo(entry.getKey(), entry.getValue()))
                        .thenAccept(outcome -> {
                            if (outcome instanceof AckOutcome.Delivered) {
                                held.put(entry.getKey(), entry.getValue());
                            } else if (outcome instanceof AckOutcome.Unavailable) {
                                unavailable.set(true);
                            }
                        }))
                .map(CompletionStage::toCompletableFuture)
                .toArray(CompletableFuture<?>[]::new);
        return CompletableFuture.allOf(acknowledged)
                .thenApply(done -> unavailable.get() ? Optional.empty() : Optional.of(held));
    }

    private void displace(Holder displaced) {
        routing.send(Map.of(displaced.node(), List.of(new Notice.Displaced(displaced.connectionId()))));
    }

    void disconnect(Connection connection) {
        if (connections.remove(connection)) {
            inboxes.release(connection.deviceId(), holder(connection));
            routing.unsubscribe(connection.userId());
            presence.disconnected(
                    connection.userId(), connection.deviceId(), routing.self(), connection.connectionId());
        }
    }

    CompletionStage<AuthenticateOutcome> authenticate(Connection connection, String token) {
        return accounts.ready(token)
                .thenApplyAsync(ready -> judge(connection, accounts.verify(token)), work)
                .exceptionally(failure -> {
                    LOG.warnf(failure, "A token could not be judged");
                    return new AuthenticateOutcome.Unavailable();
                });
    }

    private static AuthenticateOutcome judge(Connection connection, TokenVerdict verdict) {
        if (verdict instanceof TokenVerdict.Undecided) {
            return new AuthenticateOutcome.Unavailable();
        }
        if (verdict instanceof TokenVerdict.Valid valid
                && valid.caller().userId().equals(connection.userId())) {
            connection.authenticated(valid.caller());
            return new AuthenticateOutcome.Authenticated(valid.caller().expiresAt());
        }
        return new AuthenticateOutcome.Unauthorized();
    }

    private Holder holder(Connection connection) {
        return new Holder(routing.self(), connection.connectionId(), connection.admission());
    }
}
