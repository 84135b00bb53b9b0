package io.duet.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The tool that Prometheus brings along to check rules and metrics. */
public final class Promtool {
    private static final int DEADLINE_S = 30;

    private Promtool() {}

    /** What it printed. @param ok whether it found nothing wrong */
    public record Outcome(boolean ok, String said) {}

    public static Outcome run(Path input, String... arguments) {
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(Arrays.asList(arguments));
        try {
            Path output = Files.createTempFile("promtool", ".txt");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectInput(input.toFile())
                        .redirectOutput(output.toFile())
                        .start();
                if (!process.waitFor(DEADLINE_S, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new IllegalStateException("promtool did not end");
                }
                return new Outcome(process.exitValue() == 0, Files.readString(output, UTF_8));
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Is promtool installed? (Debian's package prometheus)", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
