package io.duet.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * Connections that do nothing but keep their heartbeat: what each costs in memory, in processor time and in the database.
 * Clients come from several loopback addresses, since one has ports for some 28,000.
 */
final class IdleMode implements Mode {
    private static final int PER_ADDRESS = 20_000;
    private static final int WARMING = 500;
    private static final Duration CONNECT = Duration.ofMinutes(5);

    @Override
    public void run(Target target, Settings settings, Result result) throws IOException {
        final int count = settings.number("connections");
        result.put("connections", count);
        try (Loop loop = new Loop()) {
            final List<Population.Account> people = new ArrayList<>();
            new Population(target).couples((count + WARMING) / 2 + 1).forEach(two -> {
                people.add(two.one());
                people.add(two.other());
            });
            // What the first connections load and compile belongs to none of them
            Crowd.connect(loop, target, people.subList(0, WARMING), settings.number("at-once"), CONNECT)
                    .cut();
            loop.runFor(Duration.ofSeconds(10));
            measure(target, settings, result, loop, people.subList(WARMING, WARMING + count));
        }
    }

    private static void measure(
            Target target, Settings settings, Result result, Loop loop, List<Population.Account> people)
            throws IOException {
        final Target.Memory before = target.memory();
        final long start = System.nanoTime();
        final Crowd crowd = new Crowd(loop, target, people, settings.number("at-once"));
        final Progress progress = Progress.of(loop, result, "connected", crowd::caughtUp);
        crowd.await(CONNECT);
        progress.stop();
        result.put("connected_per_second", people.size() / ((System.nanoTime() - start) / 1e9));
        loop.runFor(Duration.ofSeconds(30));

        final long commits = target.commits();
        final CpuTimes.Snapshot cpu = target.cpu();
        final Duration watched = settings.seconds("idle-seconds");
        loop.runFor(watched);
        final CpuTimes.Snapshot used = target.cpu().minus(cpu);
        final Target.Memory after = target.memory();
        result.put("seconds", watched.toSeconds());
        result.put("cpu_percent_of_a_core_server", 100 * used.server() / watched.toSeconds());
        result.put("cpu_percent_of_a_core_database", 100 * used.database() / watched.toSeconds());
        result.put("database_transactions_per_second", (target.commits() - commits) / (double) watched.toSeconds());
        result.put("resident_kib_per_connection", (after.resident() - before.resident()) / 1024.0 / people.size());
        result.put("heap_kib_per_connection", (after.usedHeap() - before.usedHeap()) / 1024.0 / people.size());
        result.put(
                "kernel_kib_per_connection", (after.kernelSockets() - before.kernelSockets()) / 1024.0 / people.size());
        result.put("resident_mib_before", before.resident() / 1048576.0);
        result.put("resident_mib_after", after.resident() / 1048576.0);
        result.put("closed_by_server", crowd.closed());
    }

    /** Many devices of many people, each with a heartbeat. */
    static final class Crowd {
        private final Loop loop;
        private final Target target;
        private final Queue<Population.Account> waiting;
        private final List<Member> members = new ArrayList<>();
        private final int total;
        private int caughtUp;
        private int closed;

        Crowd(Loop loop, Target target, List<Population.Account> people, int atOnce) {
            this.loop = loop;
            this.target = target;
            this.waiting = new ArrayDeque<>(people);
            this.total = people.size();
            for (int i = 0; i < atOnce; i++) {
                connectNext();
            }
        }

        static Crowd connect(Loop loop, Target target, List<Population.Account> people, int atOnce, Duration within) {
            final Crowd crowd = new Crowd(loop, target, people, atOnce);
            crowd.await(within);
            return crowd;
        }

        private void connectNext() {
            final Population.Account next = waiting.poll();
            if (next != null) {
                final Member member = new Member(next);
                member.connect(target.node(members.size()), address(members.size() / PER_ADDRESS));
                members.add(member);
            }
        }

        private static InetAddress address(int number) {
            try {
                return InetAddress.getByAddress(new byte[] {127, 0, 1, (byte) (number + 1)});
            } catch (IOException impossible) {
                throw new IllegalStateException(impossible);
            }
        }

        void await(Duration within) {
            if (!loop.runUntil(() -> caughtUp == total, within)) {
                throw new IllegalStateException("only " + caughtUp + " of " + total + " are connected");
            }
        }

        long caughtUp() {
            return caughtUp;
        }

        int closed() {
            return closed;
        }

        void cut() {
            members.forEach(Client::cut);
        }

        private final class Member extends Client {
            Member(Population.Account account) {
                super(Crowd.this.loop, account);
            }

            @Override
            void caughtUp() {
                caughtUp++;
                heartbeat(Math.random());
                connectNext();
            }

            @Override
            public void closed(int code, String why) {
                closed++;
            }
        }
    }
}
