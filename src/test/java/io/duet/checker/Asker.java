package io.duet.checker;

import io.duet.system.client.Rest;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** REST calls by whichever node answers. Any thread may call. */
final class Asker implements AutoCloseable {

    private static final int THREADS = 6;
    private static final Duration ONE_CALL = Duration.ofSeconds(8);
    private static final Duration UNTIL_ANSWERED = Duration.ofSeconds(60);
    private static final Duration ALL = Duration.ofMinutes(5);
    private static final int CLIENT_ERROR = 400;
    private static final int SERVER_ERROR = 500;
    private static final int TOO_MANY = 429;

    private final List<Rest> nodes;
    private final AtomicInteger turn = new AtomicInteger();
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

    Asker(List<URI> nodes) {
        this.nodes = nodes.stream()
                .map(node -> new Rest(node, exchange -> {}, ONE_CALL))
                .toList();
    }

    /** The first answer that is no server error; asks one node after another. */
    Rest.Answer ask(Function<Rest, Rest.Answer> call) {
        long end = System.nanoTime() + UNTIL_ANSWERED.toNanos();
        while (true) {
            Rest node = nodes.get(Math.floorMod(turn.getAndIncrement(), nodes.size()));
            String how;
            try {
                Rest.Answer answer = call.apply(node);
                if (answer.status() < SERVER_ERROR && answer.status() != TOO_MANY) {
                    return answer;
                }
                how = answer.status() + " " + answer.raw();
            } catch (AssertionError unanswered) {
                how = unanswered.getMessage();
            }
            if (System.nanoTime() > end) {
                throw new IllegalStateException("no node answers: " + how);
            }
            pause();
        }
    }

    /** Asks until the answer is good. */
    Rest.Answer get(String path, String token) {
        Rest.Answer answer = ask(node -> node.get(path, token));
        if (answer.status() >= CLIENT_ERROR) {
            throw new IllegalStateException("GET " + path + " says " + answer.status() + " " + answer.raw());
        }
        return answer;
    }

    /** Asks one node, once; tells nothing when there is no good answer. */
    void begin(String path, String token, Consumer<Optional<JsonNode>> whenAnswered) {
        Rest node = nodes.get(Math.floorMod(turn.getAndIncrement(), nodes.size()));
        threads.execute(() -> {
            Optional<JsonNode> told = Optional.empty();
            try {
                Rest.Answer answer = node.get(path, token);
                told = Optional.of(answer).filter(a -> a.status() == 200).map(Rest.Answer::json);
            } catch (AssertionError unanswered) {
                // a node may be down
            }
            whenAnswered.accept(told);
        });
    }

    /** Runs all of them, several at once, and gives the answers in order. */
    <T> List<T> all(List<Callable<T>> calls) {
        List<Future<T>> futures = new ArrayList<>();
        calls.forEach(call -> futures.add(threads.submit(call)));
        List<T> answers = new ArrayList<>();
        try {
            for (Future<T> future : futures) {
                answers.add(future.get(ALL.toMillis(), TimeUnit.MILLISECONDS));
            }
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return answers;
    }

    private static void pause() {
        try {
            Thread.sleep(200);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
