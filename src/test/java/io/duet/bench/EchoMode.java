package io.duet.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a frame in and a frame out cost at the least: the bare echo of the server's own WebSocket, without Duet, and then
 * Duet's answer to {@code ping}, on as many connections.
 */
final class EchoMode implements Mode {
    private static final Duration CONNECT = Duration.ofSeconds(60);
    /** The server's own WebSocket loses sends that overlap on one connection. */
    private static final int OUTSTANDING = 1;

    @Override
    public void run(Target target, Settings settings, Result result) throws IOException {
        final List<Population.Account> people = new ArrayList<>();
        new Population(target).couples(settings.number("pairs")).forEach(two -> {
            people.add(two.one());
            people.add(two.other());
        });
        try (EchoServer server = new EchoServer();
                Loop loop = new Loop()) {
            final Crowd bare = new Crowd(loop);
            people.forEach(person -> bare.echo(server, settings.number("bytes") + 150));
            measure(
                    loop,
                    bare,
                    settings,
                    () -> CpuTimes.of(List.of(server.pid()), Optional.empty()),
                    "container_echo",
                    result);
        }
        try (Loop loop = new Loop()) {
            final Crowd pinging = new Crowd(loop);
            people.forEach(person -> pinging.ping(target, person));
            measure(loop, pinging, settings, target::cpu, "duet_ping", result);
        }
    }

    private interface Cpu {
        CpuTimes.Snapshot now() throws IOException;
    }

    private static void measure(Loop loop, Crowd crowd, Settings settings, Cpu cpu, String name, Result result)
            throws IOException {
        if (!loop.runUntil(() -> crowd.ready == crowd.size, CONNECT)) {
            throw new IllegalStateException("not all could connect");
        }
        loop.runFor(settings.seconds("warmup"));
        final long before = crowd.answers;
        final CpuTimes.Snapshot start = cpu.now();
        final long startNanos = System.nanoTime();
        final Progress progress = Progress.preparing(loop, result, name.replace('_', ' '), () -> crowd.answers);
        loop.runFor(settings.seconds("seconds"));
        progress.stop();
        final long answers = crowd.answers - before;
        final double seconds = (System.nanoTime() - startNanos) / 1e9;
        result.put(name + "_per_second", answers / seconds);
        result.put(name + "_cpu_us_server", 1e6 * cpu.now().minus(start).server() / answers);
    }

    /** Connections that send the next frame when an answer has come. */
    private static final class Crowd {
        private final Loop loop;
        private int size;
        private int ready;
        private long answers;

        Crowd(Loop loop) {
            this.loop = loop;
        }

        void echo(EchoServer server, int bytes) {
            size++;
            final byte[] frame = LoadConnection.prepare("x".repeat(bytes));
            final LoadConnection[] connection = new LoadConnection[1];
            connection[0] = loop.connect(server.base(), null, "none", new LoadConnection.Listener() {
                @Override
                public void opened() {
                    ready++;
                    for (int i = 0; i < OUTSTANDING; i++) {
                        connection[0].send(frame);
                    }
                }

                @Override
                public void frame(byte[] buffer, int from, int to) {
                    answers++;
                    connection[0].send(frame);
                }

                @Override
                public void closed(int code, String why) {
                    throw new IllegalStateException("closed with " + code + ": " + why);
                }
            });
        }

        void ping(Target target, Population.Account account) {
            final Client client = new Client(loop, account) {
                @Override
                void caughtUp() {
                    ready++;
                    for (int i = 0; i < OUTSTANDING; i++) {
                        send(PING);
                    }
                }

                @Override
                void pong() {
                    answers++;
                    send(PING);
                }
            };
            client.connect(target.node(size), null);
            size++;
        }
    }
}
