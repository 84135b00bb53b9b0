package io.duet.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program of the system that is run to its end, which has to be a good one. What it starts in the background may live on. */
public final class Command {
    private static final Path HERE = Path.of("").toAbsolutePath();
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    private Command() {}

    /** Gives what it wrote, without its errors. */
    public static String run(String... words) {
        return run(HERE, DEADLINE, List.of(words));
    }

    /** The same elsewhere. */
    public static String run(Path directory, Duration deadline, List<String> words) {
        try {
            Path output = Files.createTempFile("command", ".out");
            Path errors = Files.createTempFile("command", ".err");
            try {
                Process process = new ProcessBuilder(words)
                        .directory(directory.toFile())
                        .redirectOutput(output.toFile())
                        .redirectError(errors.toFile())
                        .start();
                process.getOutputStream().close();
                boolean ended = process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS);
                if (!ended || process.exitValue() != 0) {
                    process.destroyForcibly();
                    throw new IllegalStateException(String.join(" ", words)
                            + (ended ? " failed:\n" : " did not end:\n")
                            + Files.readString(output)
                            + Files.readString(errors));
                }
                return Files.readString(output);
            } finally {
                Files.delete(output);
                Files.delete(errors);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(String.join(" ", words), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
