package io.duet.message;

import io.duet.message.AckOutcome.Delivered;
import io.duet.message.AckOutcome.NotFound;
import io.duet.message.AckOutcome.Unavailable;
import io.duet.platform.Database;
import io.duet.platform.GroupCommit.Settings;
import io.duet.platform.ShardCommits;
import io.duet.platform.Shards;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Acknowledgements on their way to the database of their conversation. Nobody knows that of a message's id alone, so where there are
 * several, each is told, and the one that has the message decides. Never blocks.
 */
final class AckCommits implements AutoCloseable {
    private final Shards shards;
    private final ShardCommits<Acknowledgement, AckOutcome> commits;

    AckCommits(Settings settings, Database database, ThreadFactory threads, MeterRegistry meters) {
        shards = database.shards();
        commits = new ShardCommits<>(settings, new AcknowledgeStatement(), Unavailable::new, database, threads, meters);
    }

    CompletableFuture<AckOutcome> submit(Acknowledgement ack) {
        if (ack instanceof Acknowledgement.UpTo upTo) {
            return commits.submit(upTo.conversationId(), ack);
        }
        if (!shards.several()) {
            return commits.submit(shards.home(), ack.deviceId(), ack);
        }
        return everywhere(ack);
    }

    /** Decided by the first that has the message; without one, unknown as long as one could not answer. */
    private CompletableFuture<AckOutcome> everywhere(Acknowledgement ack) {
        var decided = new CompletableFuture<AckOutcome>();
        List<Database> asked = new ArrayList<>(shards.list());
        var open = new AtomicInteger(asked.size());
        var otherwise = new AtomicReference<AckOutcome>(new NotFound());
        asked.forEach(shard -> commits.submit(shard, ack.deviceId(), ack).whenComplete((outcome, failure) -> {
            if (failure != null) {
                decided.completeExceptionally(failure);
            } else if (outcome instanceof Delivered delivered && shards.of(delivered.conversationId()) == shard) {
                decided.complete(delivered);
            } else if (outcome instanceof Unavailable) {
                otherwise.set(outcome);
            }
            if (open.decrementAndGet() == 0) {
                decided.complete(otherwise.get());
            }
        }));
        return decided;
    }

    @Override
    public void close() {
        commits.close();
    }
}
