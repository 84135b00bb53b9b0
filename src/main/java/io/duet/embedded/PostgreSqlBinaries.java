package io.duet.embedded;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.logging.Logger;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** The programs of PostgreSQL, unpacked once from the archive for this platform that is on the class path. */
final class PostgreSqlBinaries {
    private static final Logger LOG = Logger.getLogger(PostgreSqlBinaries.class.getName());
    private static final int EXECUTABLE = 0111;

    private final Path home;

    private PostgreSqlBinaries(Path home) {
        this.home = home;
    }

    /**
     * Unpacks into a directory of its own beneath the given one, unless that was done before. Several processes may do so
     * at once; what is half unpacked is never used.
     */
    static PostgreSqlBinaries unpackedIn(Path directory) throws IOException {
        byte[] archive;
        try (InputStream stream = DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(system(), machine())) {
            archive = stream.readAllBytes();
        }
        Path home = directory.resolve("postgresql-" + digest(archive));
        Files.createDirectories(directory);
        try (var channel = FileChannel.open(
                        directory.resolve("unpack.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            if (!Files.exists(home)) {
                LOG.info(() -> "Unpacking PostgreSQL into " + home);
                Path fresh = Files.createTempDirectory(directory, "unpacking-");
                unpack(archive, fresh);
                Files.move(fresh, home, StandardCopyOption.ATOMIC_MOVE);
            }
            assert lock.isValid();
        }
        return new PostgreSqlBinaries(home);
    }

    Path program(String name) {
        return home.resolve("bin").resolve(system().equals("Windows") ? name + ".exe" : name);
    }

    private static void unpack(byte[] archive, Path target) throws IOException {
        target.toFile().setExecutable(true, false);
        target.toFile().setReadable(true, false);
        try (var tar = new TarArchiveInputStream(
                new XZInputStream(new BufferedInputStream(new java.io.ByteArrayInputStream(archive))))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path path = target.resolve(entry.getName()).normalize();
                if (!path.startsWith(target)) {
                    throw new IOException("The archive leads outside: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                    continue;
                }
                Files.createDirectories(path.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else {
                    Files.copy(tar, path);
                    path.toFile().setReadable(true, false);
                    path.toFile().setExecutable((entry.getMode() & EXECUTABLE) != 0, false);
                }
            }
        }
    }

    private static String digest(byte[] archive) {
        try {
            byte[] sha = MessageDigest.getInstance("SHA-256").digest(archive);
            return HexFormat.of().formatHex(sha, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String system() {
        String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        if (name.startsWith("windows")) {
            return "Windows";
        }
        return name.startsWith("mac") ? "Darwin" : "Linux";
    }

    private static String machine() {
        String name = System.getProperty("os.arch");
        return name.equals("amd64") ? "x86_64" : name;
    }
}
