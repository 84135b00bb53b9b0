package io.duet.system.image;

import io.duet.system.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The image as buildah makes it of the {@code Containerfile}, in a store of its own. Its base is what the property {@code base}
 * names, pulled if need be; without that a Debian with its Java, made here.
 */
final class Image implements AutoCloseable {
    private static final Path HERE = Path.of("").toAbsolutePath();
    private static final Path WORK = HERE.resolve("target/image");
    private static final Duration DEADLINE = Duration.ofMinutes(15);
    private static final String VOLUMES = "volumes-";
    private static final String NAME = "localhost/duet";
    private static final String OWN_BASE = "localhost/base";

    private final String container;
    private final Path root;

    private Image(String container, Path root) {
        this.container = container;
        this.root = root;
    }

    static Image build() throws Exception {
        Files.createDirectories(WORK);
        removeFormerVolumes();
        String given = System.getProperty("base", "");
        if (given.isEmpty()) {
            makeBase();
        }
        buildah(
                "bud",
                "--isolation=chroot",
                given.isEmpty() ? "--pull=never" : "--pull=false",
                "--format=docker",
                "--build-arg=BASE=" + (given.isEmpty() ? OWN_BASE : given),
                "--tag=" + NAME,
                ".");
        String container = buildah("from", "--pull=never", NAME).strip();
        return new Image(container, Path.of(buildah("mount", container).strip()));
    }

    private static void removeFormerVolumes() throws IOException {
        try (var former = Files.newDirectoryStream(WORK, VOLUMES + "*")) {
            former.forEach(volumes -> Command.run("rm", "--recursive", volumes.toString()));
        }
    }

    private static void makeBase() throws Exception {
        Path debian = WORK.resolve("debian");
        if (!Files.exists(debian)) {
            Path fresh = Files.createTempDirectory(WORK, "debian-");
            Command.run(
                    HERE,
                    DEADLINE,
                    List.of(
                            "debootstrap",
                            "--variant=minbase",
                            "--include=default-jre-headless",
                            "stable",
                            fresh.toString()));
            Files.move(fresh, debian);
        }
        if (buildah("images", "--quiet", "--filter=reference=" + OWN_BASE).isBlank()) {
            String scratch = buildah("from", "scratch").strip();
            buildah("add", scratch, debian.toString(), "/");
            buildah("config", "--env=JAVA_HOME=/usr/lib/jvm/default-java", scratch);
            buildah("commit", "--rm", scratch, OWN_BASE);
        }
    }

    private static String buildah(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of("buildah", "--root=" + WORK.resolve("store"), "--runroot=" + WORK.resolve("run")));
        command.addAll(Arrays.asList(arguments));
        return Command.run(HERE, DEADLINE, command);
    }

    /** Whom it runs as, where, what and with which variables, in the format of Docker. */
    JsonNode configuration() throws Exception {
        return new JsonMapper()
                .readTree(buildah("inspect", "--type=image", NAME))
                .at("/Docker/config");
    }

    /** Its files, which are those of the container that runs it too. */
    Path root() {
        return root;
    }

    /** A directory for what a container writes. */
    static Path place() throws Exception {
        return Files.createTempDirectory(WORK, VOLUMES);
    }

    @Override
    public void close() throws Exception {
        buildah("rm", container);
    }
}
