package io.duet.socket;

import io.duet.config.DuetConfig;
import io.duet.delivery.Delivery;
import io.duet.platform.Started;
import io.duet.platform.Stopping;
import io.duet.protocol.CloseCode;
import io.duet.protocol.FrameCodec;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * All live connections of this node: makes them, looks at each one's heartbeat every second, and closes them when the node
 * drains. Safe for all threads.
 */
@Singleton
public final class LiveConnections {
    private static final Logger LOG = Logger.getLogger(LiveConnections.class);
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration DRAIN_DEADLINE = Duration.ofSeconds(3);
    /** So many devices come in side by side even while those who are in have to wait. */
    private static final int LEAST_AT_ONCE = 16;

    private final Delivery delivery;
    private final DuetConfig config;
    private final Executor work;
    private final ScheduledExecutorService scheduler;
    private final Clock clock;
    private final FrameCodec codec;
    private final AdmissionQueue admissions;
    private final DelayProbe delays;
    private final Set<LiveConnection> live = ConcurrentHashMap.newKeySet();
    private final Thread drainAtShutdown = new Thread(this::drain, "duet-drain");
    private final ConnectionMetrics metrics;
    private final StreamMetrics streamMetrics;
    private volatile boolean draining;
    private volatile ScheduledFuture<?> ticking;

    @Inject
    public LiveConnections(
            Delivery delivery,
            DuetConfig config,
            Executor work,
            ScheduledExecutorService scheduler,
            Clock clock,
            MeterRegistry meters) {
        this.delivery = delivery;
        this.config = config;
        this.work = work;
        this.scheduler = scheduler;
        this.clock = clock;
        this.codec = new FrameCodec(
                config.limits().contentCodePoints(), config.limits().jsonDepth());
        this.metrics = new ConnectionMetrics(meters, live);
        this.streamMetrics = new StreamMetrics(meters);
        final DuetConfig.Admission admission = config.admission();
        this.admissions = new AdmissionQueue(
                admission.queue(),
                new ConcurrencyLimit(LEAST_AT_ONCE, admission.atOnce(), admission.delay()),
                this::crowded);
        this.delays = new DelayProbe(work, scheduler, admissions::isCrowded, admissions::delayed);
        Gauge.builder("duet.admission.waiting", admissions, AdmissionQueue::waiting)
                .description("Connections that wait for their turn to come in")
                .baseUnit("connections")
                .register(meters);
        Gauge.builder("duet.admission.limit", admissions, AdmissionQueue::limit)
                .description("Connections that may come in side by side now")
                .baseUnit("connections")
                .register(meters);
    }

    /** Begins to look at heartbeats, and to listen for the end of the process: a server drops sockets without a word. */
    void start(@Observes Started started) {
        ticking = scheduler.scheduleWithFixedDelay(this::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
        Runtime.getRuntime().addShutdownHook(drainAtShutdown);
    }

    void stop(@Observes @Priority(Stopping.CONNECTIONS) Stopping stopping) {
        stop();
    }

    @PreDestroy
    void stop() {
        if (ticking != null) {
            ticking.cancel(false);
        }
        try {
            Runtime.getRuntime().removeShutdownHook(drainAtShutdown);
        } catch (IllegalStateException shuttingDown) {
            LOG.debug("The process ends, so the drain is under way already");
        }
        drain();
    }

    /** A client has come; it is read from now on. */
    void opened(Wire wire, Optional<String> headerToken) {
        final LiveConnection connection = new LiveConnection(this, wire, headerToken, System.nanoTime());
        live.add(connection);
        metrics.opened();
        if (draining) {
            connection.drain(reconnectDelaySeconds());
        }
        connection.start();
    }

    private void crowded() {
        delays.start();
    }

    void gone(LiveConnection connection) {
        live.remove(connection);
    }

    /** Whether this node is about to leave: it is not ready then, and takes no new connection. */
    public boolean draining() {
        return draining;
    }

    /**
     * Closes all connections with 1001 and a random {@code reconnect_delay} each, so that they do not all come back at once.
     * Returns when they are gone, or after 3 s. Repeating it does no harm.
     */
    public void drain() {
        draining = true;
        live.forEach(connection -> connection.drain(reconnectDelaySeconds()));
        final long deadline = System.nanoTime() + DRAIN_DEADLINE.toNanos();
        try {
            while (!live.isEmpty() && System.nanoTime() < deadline) {
                Thread.sleep(20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private long reconnectDelaySeconds() {
        return ThreadLocalRandom.current()
                .nextLong(1, Math.max(1, config.heartbeat().reconnectDelay().toSeconds()) + 1);
    }

    private void tick() {
        final long nowNanos = System.nanoTime();
        final Instant now = clock.instant();
        for (LiveConnection connection : live) {
            try {
                connection.check(nowNanos, now);
            } catch (RuntimeException e) {
                LOG.warnf(e, "A connection could not be looked at");
                connection.close(CloseCode.OVERLOADED);
            }
        }
    }

    Delivery delivery() {
        return delivery;
    }

    DuetConfig config() {
        return config;
    }

    Executor work() {
        return work;
    }

    ScheduledExecutorService scheduler() {
        return scheduler;
    }

    Clock clock() {
        return clock;
    }

    AdmissionQueue admissions() {
        return admissions;
    }

    FrameCodec codec() {
        return codec;
    }

    ConnectionMetrics metrics() {
        return metrics;
    }

    StreamMetrics streamMetrics() {
        return streamMetrics;
    }
}
