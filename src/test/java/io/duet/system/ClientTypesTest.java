package io.duet.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The types in the comments of library, component and page are right: the TypeScript compiler, at its strictest, finds nothing. */
class ClientTypesTest {

    private static final Path SOURCES = Path.of("src/main/webapp").toAbsolutePath();
    private static final List<String> ENTRIES =
            List.of("duet-client.js", "duet-chat.js", "page/main.js", "push-worker.js");

    @Test
    void areStrictlyRight(@TempDir Path directory) throws IOException, InterruptedException {
        Path compiler = unpackTypeScript(directory).resolve("tsc.js");
        String files = String.join(
                ", ",
                ENTRIES.stream()
                        .map(entry -> '"' + SOURCES.resolve(entry).toString() + '"')
                        .toList());
        Path settings = Files.writeString(directory.resolve("tsconfig.json"), """
                {
                  "compilerOptions": {
                    "allowJs": true, "checkJs": true, "noEmit": true, "strict": true, "noUnusedLocals": true, "noImplicitOverride": true,
                    "target": "ES2024", "lib": ["ES2024", "DOM", "DOM.Iterable"], "module": "ES2022", "moduleResolution": "bundler", "types": []
                  },
                  "files": [%s]
                }
                """.formatted(files));
        assertThat(NodeJs.run(directory, compiler.toString(), "-p", settings.toString()))
                .isBlank();
    }

    /** From the jar in which it is to be had in Maven Central. */
    private static Path unpackTypeScript(Path directory) throws IOException {
        String jar = System.getProperty("java.class.path")
                .lines()
                .flatMap(path -> List.of(path.split(java.io.File.pathSeparator)).stream())
                .filter(path -> path.matches(".*typescript-[0-9.]+\\.jar"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the jar of TypeScript is not on the class path"));
        Path lib = Files.createDirectories(directory.resolve("typescript/lib"));
        try (InputStream file = Files.newInputStream(Path.of(jar));
                var entries = new ZipInputStream(file)) {
            for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                String name = entry.getName();
                if (name.matches(".*/lib/[^/]+\\.(js|d\\.ts)")) {
                    Files.copy(entries, lib.resolve(name.substring(name.lastIndexOf('/') + 1)));
                }
            }
        }
        Files.writeString(directory.resolve("typescript/package.json"), "{\"version\": \"5\"}");
        return lib;
    }
}
