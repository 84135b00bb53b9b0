package io.duet.bench;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.HdrHistogram.Histogram;

/** Scrolling back in a database that has grown, and the list of somebody with very many conversations. */
final class HistoryMode implements Mode {
    private static final int CONVERSATIONS = 1000;
    private static final int REQUESTS = 5000;
    private static final int WARMUP = 1000;
    private static final int LIST_OF = 10_000;

    @Override
    public void run(Target target, Settings settings, Result result) throws IOException {
        final Population population = new Population(target);
        final int each = settings.number("stored") / CONVERSATIONS;
        System.err.printf("%-8s storing %,d messages%n", result.mode(), each * CONVERSATIONS);
        final long start = System.nanoTime();
        final List<Population.Two> talks = population.couples(CONVERSATIONS);
        population.history(talks, each, settings.number("bytes"));
        result.put("stored", each * CONVERSATIONS);
        result.put(
                "stored_within_s", Duration.ofNanos(System.nanoTime() - start).toSeconds());

        final Population.Account popular = population.people(1).get(0);
        population.acquaint(Collections.nCopies(LIST_OF, popular), population.people(LIST_OF));
        population.analyse();
        final Random random = new Random(1);
        result.latency("page_of_50", times(target.node(0), () -> {
            final Population.Two talk = talks.get(random.nextInt(talks.size()));
            return new Get(
                    "/api/conversations/" + talk.conversationId() + "/messages?limit=50&before_sequence="
                            + (51 + random.nextInt(Math.max(1, each - 51))),
                    talk.other().token());
        }));
        result.latency(
                "list_of_20", times(target.node(0), () -> new Get("/api/conversations?limit=20", popular.token())));
    }

    private record Get(String path, String token) {}

    private interface Next {
        Get get();
    }

    private static Histogram times(URI base, Next next) throws IOException {
        final Histogram times = Result.histogram();
        try (KeptConnection http = new KeptConnection(base)) {
            for (int i = 0; i < WARMUP + REQUESTS; i++) {
                final Get get = next.get();
                final long start = System.nanoTime();
                http.get(get.path(), get.token());
                if (i >= WARMUP) {
                    times.recordValue(System.nanoTime() - start);
                }
            }
        }
        return times;
    }
}
