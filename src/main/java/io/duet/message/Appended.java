package io.duet.message;

import io.duet.platform.GroupCommit.Times;
import java.util.concurrent.CompletableFuture;

/** One draft of a committed batch, what became of it, the answer that its submitter waits for, and how long it took. */
public record Appended(Draft draft, AppendOutcome outcome, CompletableFuture<AppendOutcome> reply, Times times) {}
