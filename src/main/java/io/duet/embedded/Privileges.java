package io.duet.embedded;

import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * PostgreSQL refuses to run as root, and many a first run in a container is root. In a user namespace of its own it isn't
 * root; where those are forbidden, as in most containers, it runs as nobody with the right to reach its files.
 */
final class Privileges {
    private static final int NOBODY = 65534;

    private Privileges() {}

    /** What to put before the command line of a program of PostgreSQL. */
    static List<String> drop() {
        if (!isRoot()) {
            return List.of();
        }
        if (LinuxUtils.isUnshareAvailable()) {
            return List.of("unshare", "-U");
        }
        return List.of(
                "setpriv",
                "--reuid=" + NOBODY,
                "--regid=0",
                "--clear-groups",
                "--inh-caps=+dac_override",
                "--ambient-caps=+dac_override");
    }

    /** Makes a data directory that belongs to whom PostgreSQL runs as. */
    static void giveAway(Path data) throws IOException {
        if (becomesNobody()) {
            Files.createDirectories(data);
            Files.setAttribute(data, "unix:uid", NOBODY);
        }
    }

    /**
     * Where the programs go by default. PostgreSQL asks whether it may execute them in a way that knows nothing of the
     * right to reach all files, so for nobody they must not lie in root's home.
     *
     * @throws IOException if that place belongs to somebody else
     */
    static Path binariesBeneath(Path directory) throws IOException {
        if (!becomesNobody()) {
            return directory.resolve("binaries");
        }
        Path common = Path.of(System.getProperty("java.io.tmpdir"), "duet-postgresql");
        Files.createDirectories(common);
        if (!Files.getOwner(common).getName().equals("root")) {
            throw new IOException(common + " does not belong to root");
        }
        common.toFile().setReadable(true, false);
        common.toFile().setExecutable(true, false);
        return common;
    }

    private static boolean becomesNobody() {
        return isRoot() && !LinuxUtils.isUnshareAvailable();
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }
}
