package io.duet.checker;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who is online: what REST answers, and what each device that stayed has been told. */
final class PresenceRules {

    private final Stage stage;
    private final Set<Integer> gone;
    private final int from;

    /**
     * @param gone who has no connection since the entry {@code from}; everybody else has one
     */
    PresenceRules(Stage stage, Set<Integer> gone, int from) {
        this.stage = stage;
        this.gone = gone;
        this.from = from;
    }

    /** What is wrong, by a device of the person who is told so. */
    Map<Actor, String> judge(List<Actor> actors, Map<Integer, Map<Integer, Boolean>> asked) {
        return stage.loop.call(() -> {
            Map<Actor, String> wrong = new HashMap<>();
            Map<Long, Boolean> told = told();
            for (Actor actor : actors) {
                int user = actor.device().user();
                for (World.Conversation conversation : stage.world.conversationsOf(user)) {
                    int peer = conversation.peerOf(user);
                    boolean online = !gone.contains(peer);
                    if (asked.get(user).getOrDefault(peer, !online) != online) {
                        wrong.put(actor, "REST tells user " + user + " that user " + peer + " is online: " + !online);
                    }
                    boolean hint = told.getOrDefault((long) actor.device().index() << 32 | peer, true);
                    if (actor.connected() && hint != online && !online) {
                        wrong.put(actor, "was not told that user " + peer + " went");
                    }
                }
            }
            return wrong;
        });
    }

    private Map<Long, Boolean> told() {
        Map<Long, Boolean> told = new HashMap<>();
        List<Journal.Entry> entries = stage.journal.entries();
        for (Journal.Entry entry : entries.subList(from, entries.size())) {
            if (entry.frame() instanceof Frame.Presence presence) {
                int device = stage.journal.connection(entry.connection()).device();
                told.put((long) device << 32 | presence.user(), presence.online());
            }
        }
        return told;
    }
}
