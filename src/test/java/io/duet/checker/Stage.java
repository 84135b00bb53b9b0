package io.duet.checker;

import java.util.HashMap;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/** What all devices of a run share. For the loop's thread alone. */
final class Stage {

    private static final int MOST_LOOKING = 3;

    final Settings settings;
    final World world;
    final Journal journal;
    final Loop loop;
    final Texts texts;
    final Wording wording;
    final Pace pace;
    private final Map<Long, Long> marks = new HashMap<>();
    private final Asker asker;
    private IntUnaryOperator home = user -> -1;
    private boolean calm = true;
    private int looking;

    Stage(Settings settings, World world, Journal journal, Loop loop, Texts texts, Asker asker) {
        this.settings = settings;
        this.world = world;
        this.journal = journal;
        this.loop = loop;
        this.texts = texts;
        this.asker = asker;
        this.wording = new Wording(world, texts);
        this.pace = new Pace(settings.perSecond());
    }

    /** Nobody begins anything new. */
    boolean calm() {
        return calm;
    }

    void calm(boolean now) {
        calm = now;
    }

    /** The node by which a person comes in; −1: by any. */
    int home(int user) {
        return home.applyAsInt(user);
    }

    void home(IntUnaryOperator nodeOfUser) {
        home = nodeOfUser;
    }

    /** How far a person has said to have read. */
    long mark(int user, int conversation) {
        return marks.getOrDefault((long) user << 32 | conversation, 0L);
    }

    void mark(int user, int conversation, long sequence) {
        marks.merge((long) user << 32 | conversation, sequence, Math::max);
    }

    /** Asks over REST, beside everything else, how a conversation stands for one of the two. */
    void look(int user, World.Conversation conversation) {
        if (looking >= MOST_LOOKING) {
            return;
        }
        looking++;
        String path = "/api/conversations/" + conversation.id();
        String token = world.user(user).token();
        asker.begin(
                path,
                token,
                answer -> loop.execute(() -> {
                    looking--;
                    answer.ifPresent(json -> journal.add(-1, new Frame.Viewed(user, wording.view(json))));
                }));
    }
}
