package io.duet.checker;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The sends of one device that have no answer, and how it goes on about them: repeats them under their id through another
 * node, now and then gives one up, now and then repeats one that was answered, with its own content or with another.
 */
final class Outbox {

    private static final int MOST_UNANSWERED = 24;
    private static final int ABANDON_PERCENT = 3;
    private static final int REPEAT_PERCENT = 2;
    private static final int PROBE_PERCENT = 1;

    private final Stage stage;
    private final int device;
    private final Random random;
    private final Speech speech;
    private final Runnable impatient;
    private final Map<Long, Pending> unanswered = new LinkedHashMap<>();
    private int count;

    private static final class Pending {
        final int conversation;
        Loop.Timer timer;

        Pending(int conversation) {
            this.conversation = conversation;
        }
    }

    /**
     * @param speech of the device
     * @param impatient what to do when an answer is missing
     */
    Outbox(Stage stage, int device, Random random, Speech speech, Runnable impatient) {
        this.stage = stage;
        this.device = device;
        this.random = random;
        this.speech = speech;
        this.impatient = impatient;
    }

    int room() {
        return MOST_UNANSWERED - unanswered.size();
    }

    boolean isEmpty() {
        return unanswered.isEmpty();
    }

    void write(int conversation) {
        long key = Texts.key(device, ++count);
        unanswered.put(key, new Pending(conversation));
        transmit(key);
    }

    private void transmit(long key) {
        Pending pending = unanswered.get(key);
        if (pending == null || !speech.say(new Frame.Send(pending.conversation, key, 0))) {
            return;
        }
        cancel(pending);
        pending.timer = stage.loop.after(3_000 + random.nextInt(12_000), () -> {
            if (unanswered.containsKey(key)) {
                impatient.run();
            }
        });
    }

    private static void cancel(Pending pending) {
        if (pending.timer != null) {
            pending.timer.cancel();
        }
    }

    /** A connection is there: everything without an answer goes out again. */
    void connected() {
        for (long key : List.copyOf(unanswered.keySet())) {
            transmit(key);
        }
    }

    /** The connection is gone, and with it the answers. */
    void disconnected() {
        List<Long> given = new ArrayList<>();
        unanswered.forEach((key, pending) -> {
            cancel(pending);
            if (!stage.calm() && random.nextInt(100) < ABANDON_PERCENT) {
                given.add(key);
            }
        });
        for (long key : given) {
            unanswered.remove(key);
            stage.journal.add(-1, new Frame.Abandoned(key));
        }
    }

    void sent(Frame.Sent sent) {
        Pending pending = unanswered.remove(sent.key());
        if (pending == null) {
            return;
        }
        cancel(pending);
        int lot = random.nextInt(100);
        if (!stage.calm() && lot < REPEAT_PERCENT + PROBE_PERCENT) {
            int variant = lot < REPEAT_PERCENT ? 0 : 1;
            stage.loop.after(
                    random.nextInt(3_000), () -> speech.say(new Frame.Send(sent.conversation(), sent.key(), variant)));
        }
    }

    void refused(Frame.Refused refused) {
        Pending pending = unanswered.get(refused.key());
        if (pending == null) {
            return;
        }
        cancel(pending);
        if (refused.retryable()) {
            long wait = Math.max(300, (long) (refused.retryAfterSeconds() * 1000)) + random.nextInt(1_000);
            pending.timer = stage.loop.after(wait, () -> transmit(refused.key()));
        } else {
            unanswered.remove(refused.key());
        }
    }
}
