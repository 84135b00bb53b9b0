package io.duet.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class GroupedReadTest {
    private final Queue<Runnable> work = new ArrayDeque<>();
    private final List<List<Integer>> reads = new ArrayList<>();

    private Map<Integer, String> read(List<Integer> questions) {
        reads.add(questions);
        var answers = new HashMap<Integer, String>();
        questions.stream()
                .filter(question -> question < 100)
                .forEach(question -> answers.put(question, "a" + question));
        return answers;
    }

    @Test
    void whatIsAskedDuringAReadIsReadTogetherAndOnceEach() {
        var grouped = new GroupedRead<>(10, 3, work::add, this::read);
        var first = grouped.ask(1).toCompletableFuture();
        var others = List.of(
                grouped.ask(2).toCompletableFuture(),
                grouped.ask(2).toCompletableFuture(),
                grouped.ask(3).toCompletableFuture(),
                grouped.ask(4).toCompletableFuture());
        assertThat(first).isNotDone();

        work.remove().run();
        assertThat(first).isCompletedWithValue("a1");
        work.remove().run();
        work.remove().run();

        assertThat(others).extracting(answer -> answer.join()).containsExactly("a2", "a2", "a3", "a4");
        assertThat(reads).containsExactly(List.of(1), List.of(2, 3), List.of(4));
        assertThat(work).isEmpty();
    }

    @Test
    void aQuestionWithoutAnAnswerIsAnsweredByNull() {
        var grouped = new GroupedRead<>(10, 3, Runnable::run, this::read);

        assertThat(grouped.ask(100)).isCompletedWithValue(null);
    }

    @Test
    void aReadThatFailsFailsItsOwnQuestionsOnly() {
        var grouped = new GroupedRead<Integer, String>(10, 3, work::add, questions -> {
            if (questions.contains(1)) {
                throw new IllegalStateException("no database");
            }
            return read(questions);
        });
        var first = grouped.ask(1).toCompletableFuture();
        var second = grouped.ask(2).toCompletableFuture();
        work.remove().run();
        work.remove().run();

        assertThatThrownBy(first::join).hasRootCauseMessage("no database");
        assertThat(second).isCompletedWithValue("a2");
    }

    @Test
    void tooManyQuestionsAreRefusedAtOnce() {
        var grouped = new GroupedRead<>(2, 3, work::add, this::read);
        for (int i = 0; i < 3; i++) {
            assertThat(grouped.ask(i)).isNotDone();
        }

        assertThatThrownBy(() -> grouped.ask(3).toCompletableFuture().join())
                .hasRootCauseInstanceOf(RejectedExecutionException.class);
    }
}
