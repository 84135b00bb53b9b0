package io.duet.system.faults;

import io.duet.system.Command;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** A file system of its own in memory that can be filled to the last byte. */
final class SmallDisk implements AutoCloseable {

    private static final int BLOCK = 64 * 1024;

    private final Path mount;
    private final Path filler;

    SmallDisk() {
        try {
            mount = Files.createTempDirectory(Path.of("target/system").toAbsolutePath(), "disk");
            filler = mount.resolve("filler");
            Command.run("mount", "-t", "tmpfs", "-o", "size=256m,mode=777", "tmpfs", mount.toString());
            Files.createDirectory(directory());
            Files.setPosixFilePermissions(directory(), Set.of(PosixFilePermission.values()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path directory() {
        return mount.resolve("tables");
    }

    /** Leaves not one block free. */
    void fill() {
        byte[] block = new byte[BLOCK];
        try (OutputStream out = Files.newOutputStream(filler)) {
            while (mount.toFile().getUsableSpace() > 0) {
                out.write(block, 0, (int) Math.min(BLOCK, mount.toFile().getUsableSpace()));
            }
        } catch (IOException full) {
            if (mount.toFile().getUsableSpace() > BLOCK) {
                throw new UncheckedIOException(full);
            }
        }
    }

    void empty() {
        try {
            Files.deleteIfExists(filler);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        Command.run("umount", mount.toString());
    }
}
