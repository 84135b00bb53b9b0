package io.duet.push;

import io.duet.config.DuetConfig;
import io.duet.conversation.Conversations;
import io.duet.device.DeviceRemoved;
import io.duet.device.Devices;
import io.duet.message.AppendOutcome;
import io.duet.message.Appended;
import io.duet.message.MessageLog;
import io.duet.platform.ClusterView;
import io.duet.platform.Database;
import io.duet.platform.Started;
import io.duet.platform.Stopping;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.infinispan.manager.EmbeddedCacheManager;
import org.jboss.logging.Logger;

/**
 * Tells devices that are away of their messages.
 *
 * <p>The node that stores a message remembers, in memory, which of its target devices have a push token. What such a device
 * has not acknowledged after {@code duet.push.delay} is noted in the table {@code pushes}; any node takes it from there by a
 * lease, so each push goes out once as long as nobody dies on the way, and at least once otherwise. What a dead node
 * remembered the others find in the truth ({@link Rounds}). Where no device has a push token nothing is remembered, and the
 * database is asked for tokens every few seconds.
 */
@Singleton
public final class Pushes {
    private static final Logger LOG = Logger.getLogger(Pushes.class);
    private static final int THREADS = 6;
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(3);

    private final DuetConfig.Push config;
    private final MessageLog log;
    private final Conversations conversations;
    private final ScheduledExecutorService scheduler;
    private final VapidKeys keys;
    private final PushTable table;
    private final Holders holders;
    private final Dispatcher dispatcher;
    private final Rounds rounds;
    /** For all that blocks. What waits for them is bounded: a round a second, and the pushes on their way. */
    private final ExecutorService threads;

    private final PushHttp http;
    private volatile ScheduledFuture<?> ticking;

    @Inject
    public Pushes(
            DuetConfig config,
            Database database,
            Devices devices,
            Conversations conversations,
            MessageLog log,
            EmbeddedCacheManager manager,
            ScheduledExecutorService scheduler,
            ThreadFactory threads,
            Clock clock,
            MeterRegistry meters) {
        this.config = config.push();
        this.log = log;
        this.conversations = conversations;
        this.scheduler = scheduler;
        this.keys = new VapidKeys(database);
        this.table = new PushTable(database);
        this.holders = new Holders(devices);
        this.threads = Executors.newFixedThreadPool(THREADS, threads);
        this.http = new PushHttp(this.config, this.threads, clock);
        this.dispatcher = new Dispatcher(
                table,
                new Occasions(database, this.config.content()),
                conversations,
                devices,
                relays(clock),
                new Backoff(new Random()),
                new PushMetrics(meters),
                this.threads,
                this.config.timeToLive(),
                this.config.concurrency());
        var view = new ClusterView(manager);
        this.rounds = new Rounds(
                this.config, holders, table, dispatcher, () -> view.members().keySet());
    }

    private List<PushRelay> relays(Clock clock) {
        var relays = new ArrayList<PushRelay>();
        ServiceLoader.load(PushRelay.class, Pushes.class.getClassLoader()).forEach(relays::add);
        var policy = new EndpointPolicy(config.allowHosts(), config.proxy().isPresent());
        relays.add(new WebPushRelay(http, policy, keys, config.subject(), threads, clock));
        config.relayUrl().ifPresent(url -> relays.add(new JsonRelay(http, URI.create(url), config.relaySecret())));
        return relays;
    }

    /** Begins to listen and to work. */
    void start(@Observes Started started) {
        if (!config.enabled()) {
            return;
        }
        log.watch(this::stored);
        conversations.onRead(this::read);
        long millis = Rounds.pause(config.delay()).toMillis();
        ticking = scheduler.scheduleWithFixedDelay(
                () -> threads.execute(rounds::run), millis, millis, TimeUnit.MILLISECONDS);
    }

    /** What is on its way is noted first, or another node would send it once more. */
    void stop(@Observes @Priority(Stopping.CONNECTIONS) Stopping stopping) {
        if (ticking != null) {
            ticking.cancel(false);
        }
        dispatcher.stop(LAST_ANSWERS);
        threads.shutdownNow();
        try {
            http.close();
        } catch (Exception e) {
            LOG.debugf(e, "The HTTP client did not close");
        }
    }

    /** The public key that a browser needs to subscribe, or empty where there are no pushes. Blocks on the database. */
    Optional<String> publicKey() {
        return config.enabled() ? Optional.of(keys.publicKey()) : Optional.empty();
    }

    private void stored(List<Appended> batch) {
        if (holders.none()) {
            return;
        }
        long now = System.nanoTime();
        for (Appended appended : batch) {
            if (appended.outcome() instanceof AppendOutcome.Stored stored) {
                for (UUID device : stored.targetDevices()) {
                    if (holders.isOfAnother(device, stored.message().senderId())) {
                        rounds.stored(device, stored.message().conversationId(), now);
                    }
                }
            }
        }
    }

    private void read(UUID userId, UUID conversationId) {
        if (!holders.none()) {
            rounds.read(new ReadOn(userId, conversationId));
        }
    }

    void removed(@Observes DeviceRemoved removal) {
        table.forget(removal.deviceId());
    }
}
