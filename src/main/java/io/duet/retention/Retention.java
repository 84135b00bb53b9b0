package io.duet.retention;

import io.duet.audit.Audit;
import io.duet.audit.AuditEvent;
import io.duet.config.DuetConfig;
import io.duet.platform.Database;
import io.duet.platform.Shards;
import io.duet.platform.Started;
import io.duet.platform.Stopping;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Removes messages above {@code duet.retention.age}, if that is set: every {@code duet.retention.interval} one node of all makes a
 * pass, on a thread of the scheduler. A pass that fails is begun again by whichever node looks next, within a minute. Where there are several
 * databases, each has its turns and passes of its own.
 */
@Singleton
final class Retention {
    private static final Logger LOG = Logger.getLogger(Retention.class);
    private static final Duration LOOK = Duration.ofMinutes(1);

    private final DuetConfig.Retention config;
    private final ScheduledExecutorService scheduler;
    private final Function<Database, RetentionPass> newPass;
    private final Shards shards;
    private final LegalHolds holds;
    private volatile Map<Database, RetentionPass> passes = Map.of();
    private volatile ScheduledFuture<?> looking;

    @Inject
    Retention(
            Database database,
            LegalHolds holds,
            Audit audit,
            DuetConfig config,
            ScheduledExecutorService scheduler,
            MeterRegistry meters) {
        this.config = config.retention();
        this.scheduler = scheduler;
        Counter removed = Counter.builder("duet.retention.removed")
                .description("Messages removed because of their age")
                .register(meters);
        this.holds = holds;
        shards = database.shards();
        newPass = shard -> pass(shard, config, audit, removed);
    }

    private static RetentionPass pass(Database shard, DuetConfig config, Audit audit, Counter removed) {
        Duration age = config.retention().age().orElseThrow();
        return new RetentionPass(
                new ExpiredMessages(shard, age),
                new RetentionTurn(shard, config.cluster().nodeName()),
                removal -> removed.increment(removal.messages()),
                summary -> audit.record(event(age, summary)));
    }

    private static AuditEvent event(Duration age, RetentionPass.Summary summary) {
        return AuditEvent.ok("messages_removed")
                .detail("age", age)
                .detail("messages", summary.messages())
                .detail("conversations", summary.conversations())
                .detail("held_conversations", summary.held());
    }

    void start(@Observes Started started) {
        if (config.age().isEmpty()) {
            return;
        }
        Map<Database, RetentionPass> all = new LinkedHashMap<>();
        shards.list().forEach(shard -> all.put(shard, newPass.apply(shard)));
        passes = all;
        long lookMillis = Math.min(LOOK.toMillis(), config.interval().toMillis());
        looking = scheduler.scheduleWithFixedDelay(
                this::look, ThreadLocalRandom.current().nextLong(lookMillis), lookMillis, TimeUnit.MILLISECONDS);
    }

    private void look() {
        passes.forEach((shard, pass) -> {
            try {
                holds.bringUpToDate(shard);
                pass.run(config.interval());
            } catch (RuntimeException e) {
                LOG.warnf(e, "Messages above the age of %s could not be removed", config.age());
            }
        });
    }

    void stop(@Observes @Priority(Stopping.CONNECTIONS) Stopping stopping) {
        stop();
    }

    /** Ends a pass after its present batch. Idempotent. */
    @PreDestroy
    void stop() {
        passes.values().forEach(RetentionPass::stop);
        if (looking != null) {
            looking.cancel(false);
        }
    }
}
