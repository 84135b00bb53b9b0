package io.duet.retention;

import io.duet.platform.DatabaseException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Walks once over all conversations and removes what is above the age, if it is this node's turn. Small transactions, and after each
 * a rest as long as it took, so that those who write have at least half of the database. Blocks on the database.
 */
final class RetentionPass {
    private static final Logger LOG = Logger.getLogger(RetentionPass.class);

    /** Most messages that one transaction removes. */
    static final int BATCH = 500;

    private static final int PAGE = 500;
    private static final int TOGETHER = 20;
    /** So many are summed up in one event at most, so that a node that is killed has told of nearly all. */
    private static final long SUMMARY = 10_000;
    /** A lock was not free in time, or a deadlock: the conversations wait for the next pass. */
    private static final Set<String> CONFLICTS = Set.of("55P03", "40P01");

    private static final long LONGEST_REST_NANOS = 1_000_000_000;

    private final ExpiredMessages messages;
    private final RetentionTurn turn;
    private final Consumer<Removal> removed;
    private final Consumer<Summary> summaries;
    private volatile boolean stopped;
    private Summary summary = Summary.NOTHING;

    /**
     * What was removed since the last summary.
     *
     * @param conversations of how many, counted again in each batch
     * @param held conversations whose oldest message is above the age and stays because of a legal hold
     */
    record Summary(long messages, long conversations, long held) {
        static final Summary NOTHING = new Summary(0, 0, 0);

        Summary plus(List<Removal> removals) {
            return new Summary(
                    messages + removals.stream().mapToLong(Removal::messages).sum(),
                    conversations + removals.size(),
                    held);
        }

        Summary plusHeld(int more) {
            return new Summary(messages, conversations, held + more);
        }
    }

    /**
     * @param removed hears of each removal after its commit
     * @param summaries hears what a pass has removed, several times where that is much, and not at all where it is nothing
     */
    RetentionPass(
            ExpiredMessages messages, RetentionTurn turn, Consumer<Removal> removed, Consumer<Summary> summaries) {
        this.messages = messages;
        this.turn = turn;
        this.removed = removed;
        this.summaries = summaries;
    }

    /** Whatever is under way ends after the present batch. */
    void stop() {
        stopped = true;
    }

    /** Makes a pass when one is due. */
    void run(Duration interval) {
        if (stopped || !turn.take(interval)) {
            return;
        }
        try {
            if (walk()) {
                turn.finish();
            } else {
                turn.giveBack();
            }
        } finally {
            tell();
        }
    }

    /** False when it ended before the last conversation. */
    private boolean walk() {
        Optional<UUID> after = Optional.of(ExpiredMessages.START);
        while (after.isPresent()) {
            ExpiredMessages.Page page = messages.look(after.get(), PAGE);
            summary = summary.plusHeld(page.held());
            for (int from = 0; from < page.expired().size(); from += TOGETHER) {
                int to = Math.min(page.expired().size(), from + TOGETHER);
                removeAll(page.expired().subList(from, to));
            }
            if (stopped || !turn.renew()) {
                return false;
            }
            after = page.last();
        }
        return true;
    }

    private void removeAll(List<UUID> conversationIds) {
        long count = BATCH;
        while (count >= BATCH && !stopped) {
            long began = System.nanoTime();
            List<Removal> removals;
            try {
                removals = messages.remove(turn, conversationIds, BATCH);
            } catch (DatabaseException e) {
                if (!CONFLICTS.contains(e.sqlState())) {
                    throw e;
                }
                LOG.debugf(e, "%d conversations wait for the next pass", conversationIds.size());
                return;
            }
            removals.forEach(removed);
            summary = summary.plus(removals);
            if (summary.messages() >= SUMMARY) {
                tell();
            }
            count = removals.stream().mapToLong(Removal::messages).sum();
            LockSupport.parkNanos(Math.min(LONGEST_REST_NANOS, System.nanoTime() - began));
        }
    }

    private void tell() {
        if (summary.messages() > 0) {
            summaries.accept(summary);
        }
        summary = Summary.NOTHING;
    }
}
