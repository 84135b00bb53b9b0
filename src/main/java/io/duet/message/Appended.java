package io.duet.message;

import java.util.concurrent.CompletableFuture;

/** One draft of a committed batch, what became of it, and the answer that its submitter waits for. */
public record Appended(Draft draft, AppendOutcome outcome, CompletableFuture<AppendOutcome> reply) {}
