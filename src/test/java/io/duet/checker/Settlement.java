package io.duet.checker;

import io.duet.checker.Violation.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;

/**
 * Brings everything to rest and decides: everybody comes in, every send gets its answer, every message its reader, all
 * acknowledgements and marks are said once more; then REST must agree, presence too, and who comes back gets nothing that
 * it had acknowledged. Blocks; not for the loop's thread.
 */
final class Settlement {

    private static final int STATUSES = 600;
    private static final long POLL_MILLIS = 250;

    private final Stage stage;
    private final List<Actor> actors;
    private final Asker asker;
    private final TruthReader reader;
    private final Random random;

    Settlement(Stage stage, List<Actor> actors, Asker asker, int round) {
        this.stage = stage;
        this.actors = actors;
        this.asker = asker;
        this.reader = new TruthReader(asker, stage.world, stage.wording);
        this.random = new Random(stage.settings.seed() + round);
    }

    Verdict decide() {
        onLoop(() -> {
            stage.pace.stop();
            stage.calm(true);
            actors.forEach(Actor::calmDown);
        });
        List<Actor> unsettled = awaitNone(
                () -> actors.stream().filter(actor -> !actor.settled()).toList());
        Truth rows = reader.read();
        onLoop(() -> actors.stream()
                .filter(Actor::connected)
                .forEach(actor -> actor.shelf().acknowledgeAllButLag()));
        awaitNone(() -> lacking(rows));
        onLoop(this::sayAgain);
        Truth truth = reader.read();
        awaitReceipts(truth);
        Map<Actor, String> strangers = judgePresence();
        onLoop(() -> actors.stream().filter(actor -> !actor.connected()).forEach(Actor::come));
        List<Actor> outside = awaitNone(
                () -> actors.stream().filter(actor -> !actor.settled()).toList());
        return stage.loop.call(() -> verdict(truth, unsettled.isEmpty() ? outside : unsettled, strangers));
    }

    private void onLoop(Runnable task) {
        stage.loop.call(() -> {
            task.run();
            return null;
        });
    }

    /** Waits until there are none, at most as long as the settings' patience, and gives those that are left. */
    private List<Actor> awaitNone(Callable<List<Actor>> missing) {
        List<Actor> left = new ArrayList<>();
        await(stage.settings.patience(), () -> {
            left.clear();
            left.addAll(stage.loop.call(missing));
            return left.isEmpty();
        });
        return left;
    }

    private static boolean await(Duration atMost, BooleanSupplier condition) {
        long end = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
        return true;
    }

    /** Devices that have not seen the last message that they are owed. */
    private List<Actor> lacking(Truth truth) {
        Rows rows = new Rows(stage.world, truth, stage.journal.entries(), stage.journal);
        return actors.stream()
                .filter(actor -> stage.world.conversationsOf(actor.device().user()).stream()
                        .anyMatch(conversation -> {
                            BitSet owed = rows.owed(actor.device().index(), conversation.index());
                            return actor.shelf().newest(conversation.index()) < owed.length() - 1;
                        }))
                .toList();
    }

    private void sayAgain() {
        Set<Integer> read = new HashSet<>();
        for (Actor actor : actors) {
            if (!actor.connected()) {
                continue;
            }
            actor.shelf().acknowledgeAllButLag();
            actor.shelf().reaffirm();
            int user = actor.device().user();
            if (read.add(user)) {
                for (World.Conversation conversation : stage.world.conversationsOf(user)) {
                    actor.readUpTo(conversation.index(), stage.mark(user, conversation.index()));
                }
            }
        }
    }

    private void awaitReceipts(Truth truth) {
        Map<Frame.Message, Integer> sample = sample(truth);
        boolean agreed = await(stage.settings.patience(), () -> {
            truth.views().putAll(reader.views());
            if (!receiptsAgree(truth)) {
                return false;
            }
            reader.readStatuses(truth, sample);
            return receiptsAgree(truth);
        });
        if (agreed) {
            onLoop(() -> stage.journal.add(-1, new Frame.AcksConfirmed()));
        }
    }

    private boolean receiptsAgree(Truth truth) {
        return stage.loop.call(() ->
                Judge.judgeReceipts(stage.world, stage.journal, truth).counts().isEmpty());
    }

    /** The newest of each conversation, where some are not acknowledged, and some of all. */
    private Map<Frame.Message, Integer> sample(Truth truth) {
        Map<Frame.Message, Integer> sample = new HashMap<>();
        int each = Math.max(5, STATUSES / Math.max(1, truth.pages().size()));
        truth.pages().forEach((conversation, pages) -> {
            List<Frame.Message> rows = List.copyOf(pages.rows().values());
            for (int i = 0; i < Math.min(each, rows.size()); i++) {
                sample.put(rows.get(random.nextInt(rows.size())), conversation);
            }
            rows.stream()
                    .filter(row -> row.sequence() > rows.size() - 10)
                    .forEach(row -> sample.put(row, conversation));
        });
        return sample;
    }

    /** Some go; then everybody's presence must be right, asked for and told. */
    private Map<Actor, String> judgePresence() {
        Set<Integer> gone = new HashSet<>();
        for (World.Someone user : stage.world.users()) {
            if (random.nextInt(4) == 0) {
                gone.add(user.index());
            }
        }
        int from = stage.loop.call(() -> {
            actors.stream()
                    .filter(actor -> gone.contains(actor.device().user()))
                    .forEach(Actor::goAway);
            return stage.journal.entries().size();
        });
        PresenceRules rules = new PresenceRules(stage, gone, from);
        await(stage.settings.quiet(), () -> rules.judge(actors, asked()).isEmpty());
        return rules.judge(actors, asked());
    }

    private Map<Integer, Map<Integer, Boolean>> asked() {
        Map<Integer, Map<Integer, Boolean>> answers = new HashMap<>();
        List<Callable<Map<Integer, Boolean>>> calls = new ArrayList<>();
        stage.world.users().forEach(user -> calls.add(() -> reader.presence(user.index())));
        List<Map<Integer, Boolean>> all = asker.all(calls);
        for (int i = 0; i < all.size(); i++) {
            answers.put(i, all.get(i));
        }
        return answers;
    }

    private Verdict verdict(Truth truth, List<Actor> outside, Map<Actor, String> strangers) {
        Findings findings = Judge.judge(stage.world, stage.texts, stage.journal, truth);
        int last = stage.journal.entries().size() - 1;
        for (Actor actor : outside) {
            findings.add(
                    actor.connected() ? Kind.NEVER_ANSWERED : Kind.NOT_CONNECTED,
                    -1,
                    -1,
                    actor.device().index(),
                    -1,
                    "not at rest in time",
                    last);
        }
        strangers.forEach((actor, what) ->
                findings.add(Kind.WRONG_PRESENCE, -1, -1, actor.device().index(), -1, what, last));
        return new Verdict(Totals.of(stage.world, stage.journal, truth), findings.violations(), findings.counts());
    }
}
