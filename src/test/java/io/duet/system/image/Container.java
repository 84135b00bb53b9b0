package io.duet.system.image;

import io.duet.system.Command;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/**
 * The image at work as an engine runs it with {@code --read-only --tmpfs /tmp --cap-drop ALL}: mounts and process numbers of its
 * own, and as number 1 what the image says, by its user, in its directory, with its variables and no others. The network is the machine's.
 */
final class Container implements AutoCloseable {
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(40);

    /** $1 the root, $2 where the volumes are, $3 the user, then how {@code env} is to begin the program. */
    private static final String BEGIN = """
            set -e
            root=$1 volumes=$2 user=$3
            shift 3
            mount --bind "$root" "$root"
            mount -t proc proc "$root/proc"
            mount --rbind /dev "$root/dev"
            mount -t tmpfs -o mode=1777,size=64m tmpfs "$root/tmp"
            mount --bind "$volumes/data" "$root/data"
            mount --bind "$volumes/output" "$root/output"
            mount --bind "$volumes/hosts" "$root/etc/hosts"
            mount -o remount,bind,ro "$root"
            exec setpriv --no-new-privs chroot --userspec="$user" --groups= "$root" env -i "$@"
            """;

    private final Path root;
    private final Path volumes;
    private final String user;
    private final Process engine;

    /**
     * Begins it.
     *
     * @param volumes where {@code /data} and {@code /output} are kept; what is not there yet is made as the image has it
     * @param variables of whoever runs it, as {@code NAME=value}
     */
    Container(Image image, Path volumes, String... variables) throws Exception {
        this.root = image.root();
        this.volumes = volumes;
        JsonNode configuration = image.configuration();
        user = configuration.get("User").asString();
        for (String name : configuration.get("Volumes").propertyNames()) {
            if (!Files.exists(volumes.resolve(name.substring(1)))) {
                Command.run("cp", "--archive", root + name, volumes.toString());
            }
        }
        Files.writeString(
                volumes.resolve("hosts"),
                "127.0.0.1 localhost " + Command.run("uname", "-n").strip() + "\n");
        Files.createDirectories(root.resolve("etc"));
        if (!Files.exists(root.resolve("etc/hosts"))) {
            Files.createFile(root.resolve("etc/hosts"));
        }
        List<String> command = new ArrayList<>(List.of(
                "unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation=private", "sh", "-c", BEGIN));
        command.addAll(List.of("begin", root.toString(), volumes.toString(), user));
        command.add("--chdir=" + configuration.get("WorkingDir").asString());
        configuration.get("Env").forEach(variable -> command.add(variable.asString()));
        command.addAll(Arrays.asList(variables));
        configuration.get("Entrypoint").forEach(word -> command.add(word.asString()));
        engine = new ProcessBuilder(command)
                .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(console().toFile()))
                .start();
        Awaitility.await("its first process")
                .atMost(STOP_DEADLINE)
                .until(() -> engine.children().findAny().isPresent());
    }

    /** What it has written to its console, over all containers on these volumes. */
    Path console() {
        return volumes.resolve("console.log");
    }

    /** How a program ends that is executed in it by its user. */
    int execute(String variable, String... program) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "nsenter",
                "--target=" + first().pid(),
                "--mount",
                "--pid",
                "chroot",
                "--userspec=" + user,
                "--groups=",
                root.toString(),
                "env",
                variable));
        command.addAll(Arrays.asList(program));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.DISCARD)
                .start();
        process.getOutputStream().close();
        if (!process.waitFor(STOP_DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IllegalStateException(String.join(" ", program) + " did not end");
        }
        return process.exitValue();
    }

    /** Its process number 1. */
    ProcessHandle first() {
        return engine.children().findAny().orElseThrow(() -> new IllegalStateException("It has ended"));
    }

    boolean isAlive() {
        return engine.isAlive();
    }

    /** SIGTERM to its first process, and the status with which that ended. */
    int stop() throws InterruptedException {
        first().destroy();
        return ended();
    }

    /** As the power fails: all its processes are gone. */
    void kill() throws InterruptedException {
        first().destroyForcibly();
        ended();
    }

    private int ended() throws InterruptedException {
        if (!engine.waitFor(STOP_DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException("It did not end");
        }
        return engine.exitValue();
    }

    @Override
    public void close() throws InterruptedException {
        if (engine.isAlive()) {
            kill();
        }
    }
}
