package io.duet.embedded;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Logger;

/** Starts and stops the main process of PostgreSQL for one data directory, by PostgreSQL's own {@code pg_ctl}. */
final class Postmaster {
    private static final Logger LOG = Logger.getLogger(Postmaster.class.getName());

    /** Crash recovery of a full WAL takes its time; {@code pg_ctl} gives up at once when the process ends. */
    private static final Duration START_DEADLINE = Duration.ofMinutes(10);

    private static final Duration FAST_DEADLINE = Duration.ofSeconds(60);
    private static final Duration IMMEDIATE_DEADLINE = Duration.ofSeconds(10);

    private final PostgreSqlBinaries binaries;
    private final Path data;
    private final Path output;

    /** @param output where the programs write what they have to say at the start */
    Postmaster(PostgreSqlBinaries binaries, Path data, Path output) {
        this.binaries = binaries;
        this.data = data;
        this.output = output;
    }

    void initialise(String user) throws IOException {
        Privileges.giveAway(data);
        run(
                Duration.ofMinutes(5),
                binaries.program("initdb"),
                "-A",
                "trust",
                "-U",
                user,
                "-D",
                data.toString(),
                "-E",
                "UTF-8",
                "--locale=C",
                "--data-checksums");
    }

    /** Returns when PostgreSQL accepts connections; recovery from a crash has happened then. */
    ProcessHandle start(int port, Map<String, String> settings) throws IOException {
        var options = new StringBuilder("-p " + port);
        settings.forEach(
                (name, value) -> options.append(" -c ").append(name).append('=').append(value));
        run(
                START_DEADLINE,
                binaries.program("pg_ctl"),
                "-D",
                data.toString(),
                "-o",
                options.toString(),
                "-w",
                "-t",
                Long.toString(START_DEADLINE.toSeconds()),
                "start");
        return serving(data)
                .orElseThrow(() -> new IOException("PostgreSQL ended right after its start, see " + output));
    }

    private void run(Duration deadline, Path program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(Privileges.drop());
        command.add(program.toString());
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.to(output.toFile()))
                .start();
        process.getOutputStream().close();
        try {
            if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new IOException(program.getFileName() + " takes longer than " + deadline);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while " + program.getFileName() + " ran", e);
        }
        if (process.exitValue() != 0) {
            throw new IOException(program.getFileName() + " failed: "
                    + Files.readString(output).strip());
        }
    }

    /** The live process that serves this directory. A number in the file that now belongs to another program is not it. */
    static Optional<ProcessHandle> serving(Path data) throws IOException {
        Path file = data.resolve("postmaster.pid");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        List<String> lines = Files.readAllLines(file);
        if (lines.isEmpty() || !lines.get(0).strip().matches("[0-9]{1,18}")) {
            return Optional.empty();
        }
        return ProcessHandle.of(Long.parseLong(lines.get(0).strip())).filter(Postmaster::runs);
    }

    /**
     * Whether this is a PostgreSQL at work. Where the server is process number 1, as in a container, one that has ended stays in
     * the list of processes, since nobody else could take note of its end: alive for Java.
     */
    static boolean runs(ProcessHandle process) {
        return process.isAlive() && isPostgres(process);
    }

    /** Where the process that serves this directory listens. */
    static int port(Path data) throws IOException {
        List<String> lines = Files.readAllLines(data.resolve("postmaster.pid"));
        if (lines.size() < 4) {
            throw new IOException("PostgreSQL has not written its port yet");
        }
        return Integer.parseInt(lines.get(3).strip());
    }

    private static boolean isPostgres(ProcessHandle process) {
        return process.info()
                .command()
                .map(command ->
                        command.replace(".exe", "").replace(" (deleted)", "").endsWith("postgres"))
                .orElseGet(() -> isListedAsPostgres(process.pid()));
    }

    /**
     * By its name and state (proc(5)), which everybody may see: of a process of somebody else a root without the right to trace, as
     * in most containers, sees no program.
     */
    static boolean isListedAsPostgres(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            return stat.contains("(postgres) ") && !stat.contains("(postgres) Z");
        } catch (IOException e) {
            return false;
        }
    }

    /** Ends a PostgreSQL whose Java process was killed, and removes a pid file to which no PostgreSQL belongs. */
    static void stopLeftBehind(Path data) throws IOException {
        Optional<ProcessHandle> leftBehind = serving(data);
        if (leftBehind.isPresent()) {
            LOG.info(() -> "Stopping the PostgreSQL that an earlier run left behind in " + data);
            stop(leftBehind.get());
        } else if (Files.deleteIfExists(data.resolve("postmaster.pid"))) {
            LOG.info(() -> "PostgreSQL was not stopped in order; it will recover " + data);
        }
    }

    /**
     * Fast shutdown (SIGINT: ends sessions, writes a checkpoint); if that takes more than 60 s, immediate shutdown
     * (SIGQUIT), after which the next start recovers from the WAL.
     */
    static void stop(ProcessHandle process) {
        if (!runs(process)) {
            return;
        }
        signal("INT", process);
        if (!ends(process, FAST_DEADLINE)) {
            signal("QUIT", process);
            ends(process, IMMEDIATE_DEADLINE);
        }
    }

    private static void signal(String signal, ProcessHandle process) {
        try {
            // The shell's own: small images have no such program
            new ProcessBuilder("sh", "-c", "kill -" + signal + " " + process.pid())
                    .inheritIO()
                    .start()
                    .waitFor(5, TimeUnit.SECONDS);
        } catch (IOException e) {
            process.destroy(); // no shell, as on Windows
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean ends(ProcessHandle process, Duration deadline) {
        try {
            process.onExit().get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException | ExecutionException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
