package io.duet.system.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;

/** A program that is run to its end. */
final class Command {

    private static final int DEADLINE_SECONDS = 30;

    private Command() {}

    /**
     * Runs it and gives what it printed.
     *
     * @param line words separated by blanks
     */
    static String run(String line) {
        try {
            Process process = new ProcessBuilder(line.split(" "))
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(line + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(line, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
