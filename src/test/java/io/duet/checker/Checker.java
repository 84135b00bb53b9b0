package io.duet.checker;

import io.duet.system.TestServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.IntUnaryOperator;

/**
 * Puts a load of people on the nodes and decides whether the contract was kept. Use it so:
 *
 * <pre>{@code
 * try (Checker checker = Checker.begin(Settings.of(nodes))) {
 *     checker.load();               // as long as you like, with whatever going wrong
 *     Verdict verdict = checker.decide();
 * }
 * }</pre>
 *
 * <p>{@code load} and {@code decide} may be repeated; each verdict is on everything since the beginning. The seed decides what
 * everybody does and in which order; what the machine does in between it cannot repeat. One thread may call.
 */
public final class Checker implements AutoCloseable {

    private static final long POLL_MILLIS = 50;
    private static final Duration EVENTUALLY = Duration.ofMinutes(4);

    private final Loop loop = new Loop();
    private final Journal journal;
    private final Asker asker;
    private final People people;
    private final Stage stage;
    private final List<Actor> actors = new ArrayList<>();
    private final Random random;
    private int rounds;
    private CompletableFuture<Void> arrival = CompletableFuture.completedFuture(null);

    private Checker(Settings settings) {
        journal = new Journal(settings.file().orElse(null));
        asker = new Asker(settings.nodes());
        people = new People(asker);
        random = new Random(settings.seed());
        String prefix = "k" + UUID.randomUUID().toString().substring(0, 8);
        World world = people.settle(settings, prefix);
        stage = new Stage(settings, world, journal, loop, new Texts(settings.seed(), prefix + "-"), asker);
    }

    /** Registers everybody and connects all their devices. */
    public static Checker begin(Settings settings) {
        Checker checker = new Checker(settings);
        checker.onLoop(() -> {
            checker.stage.world.devices().forEach(device -> checker.actors.add(new Actor(checker.stage, device)));
            checker.actors.forEach(Actor::come);
        });
        return checker;
    }

    /**
     * One run by the command line, see the guide of contributors.
     *
     * @param args the settings; without {@code nodes} a server is started for the run
     */
    public static void main(String[] args) {
        Settings settings = Settings.parse(String.join("&", args));
        if (settings.nodes().isEmpty()) {
            try (TestServer server = TestServer.startForLoad(Map.of("duet.rate-limit.enabled", "false"))) {
                run(settings.at(List.of(server.duet().base())));
            }
        } else {
            run(settings);
        }
    }

    private static void run(Settings settings) {
        Verdict verdict;
        try (Checker checker = begin(settings)) {
            checker.load();
            checker.awaitAllSent();
            verdict = checker.decide();
        }
        System.out.println(settings);
        System.out.println(verdict);
        if (!verdict.kept()) {
            throw new IllegalStateException("the contract was broken");
        }
    }

    private void onLoop(Runnable task) {
        loop.call(() -> {
            task.run();
            return null;
        });
    }

    /** Everybody begins to write, to read, to come and to go; returns at once. */
    public void load() {
        onLoop(() -> {
            stage.pace.start(stage.settings.messages());
            stage.calm(false);
            actors.forEach(Actor::rise);
        });
        if (stage.settings.churn()) {
            arrival = CompletableFuture.runAsync(this::buyADevice);
        }
    }

    /** Somebody registers one more device while messages fly. */
    private void buyADevice() {
        World.Someone owner =
                stage.world.user(random.nextInt(stage.world.users().size()));
        UUID id = people.device(owner.token(), "phone");
        onLoop(() -> {
            World.Device device = stage.world.addDevice(id, owner.index(), true);
            journal.add(-1, new Frame.Registered(device.index()));
            Actor actor = new Actor(stage, device);
            actors.add(actor);
            actor.come();
        });
    }

    /**
     * From now on people come in by nodes of their own, while those can be reached. Waits until they have; the load must rest.
     *
     * @param nodeOfUser the index of a node, −1 for any
     */
    public void settleAt(IntUnaryOperator nodeOfUser) {
        onLoop(() -> stage.home(nodeOfUser));
        await(() -> loop.call(() -> actors.stream().filter(Actor::atHome).count() == actors.size()));
    }

    /** Waits until so many more messages have been confirmed, or all are out. */
    public void awaitConfirmed(int more) {
        long wanted = confirmed() + more;
        await(() -> allSent() || confirmed() >= wanted);
    }

    /** Whether as many messages as the settings say have gone out. */
    public boolean allSent() {
        return loop.call(() -> stage.pace.over() || journal.full());
    }

    /** Waits until as many messages as the settings say have gone out. */
    public void awaitAllSent() {
        long least = Math.max(1, stage.settings.perSecond());
        await(EVENTUALLY.plusSeconds(4 * stage.settings.messages() / least), this::allSent);
    }

    /** How many messages have been confirmed so far. */
    public long confirmed() {
        return loop.call(journal::confirmed);
    }

    /** Writes into the journal what happens around it. */
    public void note(String what) {
        onLoop(() -> journal.add(-1, new Frame.Note(what)));
    }

    /** Lets a fault happen and be over, while the load goes on. */
    public void suffer(Fault fault) {
        note(fault.name() + " begins");
        fault.begin();
        long end = System.nanoTime() + fault.lasts().toNanos();
        while (System.nanoTime() < end) {
            pause();
        }
        fault.end();
        note(fault.name() + " is over");
    }

    /** Ends the load, lets everything come to rest and judges. The devices stay connected. */
    public Verdict decide() {
        arrival.join();
        return new Settlement(stage, actors, asker, ++rounds).decide();
    }

    private static void await(BooleanSupplier condition) {
        await(EVENTUALLY, condition);
    }

    private static void await(Duration atMost, BooleanSupplier condition) {
        long end = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("not within " + atMost);
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        onLoop(() -> actors.forEach(Actor::goAway));
        loop.close();
        asker.close();
        journal.close();
    }
}
