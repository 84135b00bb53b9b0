package io.duet.checker;

import io.duet.system.client.Json;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;

/**
 * One device and what its person does with it, decided by the seed. For the loop's thread alone.
 *
 * <p>It is at home on one connection at a time; one that was displaced is still listened to until the server closes it.
 */
final class Actor {

    private static final int CONNECT_MILLIS = 12_000;
    private static final int DRAINING = 1001;

    private final Stage stage;
    private final World.Device device;
    private final Random random;
    private final Shelf shelf = new Shelf(this::say);
    private final Outbox outbox;
    private final List<World.Conversation> conversations;
    private Line line;
    private boolean caughtUp;
    private boolean absent;
    private int failures;
    private int lastNode = -1;
    private Loop.Timer next;

    Actor(Stage stage, World.Device device) {
        this.stage = stage;
        this.device = device;
        this.random = new Random(stage.settings.seed() * 7_919 + device.index());
        this.outbox = new Outbox(stage, device.index(), random, this::say, this::turnAway);
        this.conversations = stage.world.conversationsOf(device.user());
    }

    World.Device device() {
        return device;
    }

    Shelf shelf() {
        return shelf;
    }

    /** Connected, has its backlog, and all its sends are answered. */
    boolean settled() {
        return caughtUp && outbox.isEmpty();
    }

    boolean connected() {
        return line != null && line.greeted;
    }

    private boolean say(Frame frame) {
        if (!connected() || !line.wire.open()) {
            return false;
        }
        stage.journal.add(line.connection, frame);
        line.wire.send(stage.wording.write(frame));
        return true;
    }

    /** Comes in, through any node, and tries until it is in. */
    void come() {
        absent = false;
        if (next != null) {
            next.cancel();
        }
        dial();
    }

    private void dial() {
        List<URI> nodes = stage.settings.nodes();
        int node = random.nextInt(nodes.size());
        if (node == lastNode && failures > 0 && nodes.size() > 1) {
            node = (node + 1 + random.nextInt(nodes.size() - 1)) % nodes.size();
        }
        if (failures == 0 && stage.home(device.user()) >= 0) {
            node = stage.home(device.user());
        }
        lastNode = node;
        Line dialled = new Line(stage.journal.connection(device.index(), node).index(), Manners.draw(random));
        line = dialled;
        caughtUp = false;
        try {
            dialled.wire = Wire.dial(
                    stage.loop, nodes.get(node), stage.world.user(device.user()).token(), dialled);
        } catch (IOException refused) {
            dialled.closed(0, refused.toString());
            return;
        }
        stage.loop.after(CONNECT_MILLIS, () -> {
            if (line == dialled && !dialled.greeted) {
                leave(Manners.End.WITHOUT_A_WORD, "no answer to connect");
                comeLater(random.nextInt(500));
            }
        });
    }

    /** Comes in by another node if this is not the one of its person; gives whether it is. */
    boolean atHome() {
        int home = stage.home(device.user());
        if (home < 0 || connected() && lastNode == home) {
            return true;
        }
        if (connected()) {
            failures = 0;
            dial();
        }
        return false;
    }

    private void comeLater(long millis) {
        if (next != null) {
            next.cancel();
        }
        next = stage.loop.after(millis, this::come);
    }

    /** An answer is missing: through another node, then. */
    private void turnAway() {
        if (connected()) {
            failures++;
            leave(Manners.End.WITHOUT_A_WORD, "an answer is missing");
            comeLater(random.nextInt(300));
        }
    }

    /** Goes and stays away until it is told to {@link #come}. */
    void goAway() {
        absent = true;
        if (next != null) {
            next.cancel();
        }
        leave(Manners.End.GOODBYE, "goes");
    }

    private void leave(Manners.End how, String why) {
        Line left = line;
        line = null;
        caughtUp = false;
        if (left == null) {
            return;
        }
        left.over = true;
        stage.journal.add(left.connection, new Frame.Closed(0, how + ": " + why, true));
        try {
            switch (how) {
                case GOODBYE -> left.wire.close();
                case RESET -> left.wire.reset();
                case WITHOUT_A_WORD, DISPLACED -> left.wire.drop();
            }
        } catch (IOException gone) {
            left.wire.drop();
        }
        outbox.disconnected();
    }

    private void lifeIsOver(Line ending) {
        if (line != ending || stage.calm() || !stage.settings.churn()) {
            return;
        }
        Manners manners = ending.manners;
        if (manners.end() == Manners.End.DISPLACED) {
            outbox.disconnected();
            dial();
            return;
        }
        leave(manners.end(), "as it likes");
        if (manners.awayMillis() < 0) {
            absent = true;
        } else {
            comeLater(manners.awayMillis());
        }
    }

    /** Everything shall come to rest: those who are away come back, nobody leaves. */
    void calmDown() {
        conversations.forEach(
                conversation -> shelf.lag(conversation.index(), random.nextInt(4) == 0 ? 1 + random.nextInt(30) : 0));
        if (absent) {
            come();
        } else if (connected()) {
            shelf.acknowledgeAllButLag();
        }
    }

    /** The load goes on. */
    void rise() {
        if (connected()) {
            Line alive = line;
            if (alive.step != null) {
                alive.step.cancel();
            }
            step(alive);
            stage.loop.after(alive.manners.lifeMillis(), () -> lifeIsOver(alive));
        }
    }

    private void step(Line mine) {
        if (line != mine || stage.calm() || !mine.greeted) {
            return;
        }
        int lot = random.nextInt(100);
        World.Conversation conversation = conversations.get(random.nextInt(conversations.size()));
        int c = conversation.index();
        if (lot < 62) {
            int burst = random.nextInt(8) == 0 ? 20 : 1 + random.nextInt(4);
            for (int i = stage.pace.take(Math.min(burst, outbox.room())); i > 0; i--) {
                outbox.write(c);
            }
        } else if (lot < 74) {
            readUpTo(c, shelf.newest(c) - (random.nextInt(3) == 0 ? random.nextInt(5) : 0));
        } else if (lot < 79 && !device.late() && !mine.syncing) {
            mine.syncing = say(new Frame.Sync(
                    c,
                    Math.max(0, shelf.newest(c) - random.nextInt(30)),
                    1 + random.nextInt(random.nextInt(10) == 0 ? 500 : 40)));
        } else if (lot < 84) {
            say(new Frame.Type(c));
        } else if (lot < 86) {
            stage.look(device.user(), conversation);
        } else if (lot < 87) {
            mine.wire.read(false);
            stage.loop.after(500 + random.nextInt(2_000), () -> mine.wire.read(true));
        }
        mine.step = stage.loop.after(30 + random.nextInt(300), () -> step(mine));
    }

    /** Says what the person has read, and remembers it. */
    void readUpTo(int conversation, long sequence) {
        if (sequence > 0 && say(new Frame.ReadUpTo(conversation, sequence))) {
            stage.mark(device.user(), conversation, sequence);
        }
    }

    private void message(Line from, Frame.NewMessage frame) {
        int c = frame.conversation();
        if (c < 0 || !stage.world.conversation(c).has(device.user())) {
            return;
        }
        shelf.received(c, frame.message());
        if (from != line) {
            return;
        }
        if (stage.calm()) {
            shelf.acknowledgeAllButLag();
            return;
        }
        switch (from.manners.acks()) {
            case AT_ONCE -> shelf.acknowledge(c, 1);
            case ONE_BY_ONE -> shelf.acknowledgeOne(c, frame.message());
            case SOON -> flush(from, c, 50 + random.nextInt(400));
            case LATE -> flush(from, c, 2_000 + random.nextInt(4_000));
            case NEVER -> {}
        }
    }

    private void flush(Line from, int conversation, long millis) {
        if (from.flushing.putIfAbsent(conversation, true) == null) {
            stage.loop.after(millis, () -> {
                from.flushing.remove(conversation);
                if (line == from && !stage.calm()) {
                    shelf.acknowledge(conversation, random.nextInt(4) == 0 ? random.nextDouble() : 1);
                }
            });
        }
    }

    /** One connection. */
    private final class Line implements Wire.Listener {
        private final int connection;
        private final Manners manners;
        private final Map<Integer, Boolean> flushing = new HashMap<>();
        private Wire wire;
        private Loop.Timer step;
        private boolean greeted;
        private boolean syncing;
        private boolean over;
        private int unheard;

        Line(int connection, Manners manners) {
            this.connection = connection;
            this.manners = manners;
        }

        @Override
        public void opened() {
            stage.journal.add(connection, new Frame.Opened());
            Frame.Connect connect = new Frame.Connect(
                    manners.tellsWhatItHas() && !device.late() && !stage.calm()
                            ? Map.copyOf(shelf.newest())
                            : Map.of());
            stage.journal.add(connection, connect);
            shelf.told(connect.lastSequences());
            wire.send(stage.wording.connect(device.index(), connect));
        }

        @Override
        public void text(String text) {
            Frame frame = stage.wording.read(text);
            unheard = 0;
            if (frame == null || over) {
                return;
            }
            stage.journal.add(connection, frame);
            if (frame instanceof Frame.Connected connected) {
                greeted(connected);
            } else if (frame instanceof Frame.CaughtUp && line == this) {
                caughtUp = true;
                failures = 0;
            } else if (frame instanceof Frame.NewMessage message) {
                message(this, message);
            } else if (frame instanceof Frame.Sent sent) {
                shelf.own(sent.conversation(), sent.sequence());
                outbox.sent(sent);
            } else if (frame instanceof Frame.Refused refused) {
                syncing &= !refused.action().equals("sync");
                outbox.refused(refused);
            } else if (frame instanceof Frame.Synced) {
                syncing = false;
            }
        }

        private void greeted(Frame.Connected connected) {
            greeted = true;
            ping((long) (connected.heartbeatInterval() * 800));
            if (line == this) {
                outbox.connected();
                stage.loop.after(random.nextInt(200), () -> step(this));
                stage.loop.after(manners.lifeMillis(), () -> lifeIsOver(this));
            }
        }

        /** Asks for a sign of life, and goes when three of them have not come. */
        private void ping(long millis) {
            stage.loop.after(millis, () -> {
                if (!wire.open()) {
                    return;
                }
                unheard++;
                if (unheard > 3 && line == this) {
                    failures++;
                    leave(Manners.End.WITHOUT_A_WORD, "nothing is heard");
                    comeLater(random.nextInt(300));
                } else {
                    wire.send("{\"action\":\"ping\"}");
                    ping(millis);
                }
            });
        }

        @Override
        public void closed(int code, String how) {
            if (over) {
                return;
            }
            over = true;
            stage.journal.add(connection, new Frame.Closed(code, how, false));
            if (line != this) {
                return;
            }
            line = null;
            caughtUp = false;
            outbox.disconnected();
            if (absent) {
                return;
            }
            failures++;
            long backOff = Math.min(1_000, 50L << Math.min(failures, 5));
            comeLater(code == DRAINING ? drainDelay(how) : random.nextInt((int) backOff));
        }

        private long drainDelay(String reason) {
            try {
                JsonNode json = Json.parse(reason);
                return (long) (json.get("reconnect_delay").asDouble() * 1000);
            } catch (AssertionError | RuntimeException none) {
                return random.nextInt(1_000);
            }
        }
    }
}
