package io.duet.platform;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;

/**
 * Reads that cost the database nearly the same for many as for one: what is asked while the previous read is under way is
 * read together. One read is under way at a time, so that however many ask at once, they take one connection and one
 * thread, and others keep theirs. A lone question is not delayed.
 *
 * <p>Safe for all threads; {@link #ask} never blocks. The read runs on the given executor and must have a deadline.
 */
public final class GroupedRead<Q, A> {
    private final Coalescer<Question<Q, A>> questions;
    private final Executor work;
    private final Function<List<Q>, Map<Q, A>> read;

    private record Question<Q, A>(Q question, CompletableFuture<A> answer) {}

    /**
     * @param limit questions that may wait; beyond it {@link #ask} fails
     * @param batch most questions of one read, which bounds the memory that an answer takes
     * @param read answers the questions; what it leaves out is answered by null
     */
    public GroupedRead(int limit, int batch, Executor work, Function<List<Q>, Map<Q, A>> read) {
        this.questions = new Coalescer<>(limit, batch, this::answer);
        this.work = work;
        this.read = read;
    }

    /**
     * Completes on the thread that read; exceptionally when the read fails, or at once with
     * {@link RejectedExecutionException} when too many wait.
     */
    public CompletionStage<A> ask(Q question) {
        final var asked = new Question<Q, A>(question, new CompletableFuture<>());
        return questions.add(asked).thenCompose(done -> asked.answer());
    }

    /** How many questions wait at this moment; those that are being read are not among them. */
    public int waiting() {
        return questions.waiting();
    }

    private CompletionStage<Void> answer(List<Question<Q, A>> batch) {
        return CompletableFuture.runAsync(
                () -> {
                    final Map<Q, A> answers = read.apply(
                            batch.stream().map(Question::question).distinct().toList());
                    batch.forEach(asked -> asked.answer().complete(answers.get(asked.question())));
                },
                work);
    }
}
