package io.duet.deployment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The settings in the table of the README, by the names that they have in the environment. */
final class DocumentedSettings {
    private static final Pattern NAME = Pattern.compile("`(duet\\.[a-z.-]+|DUET_[A-Z_0-9]+|JVM_ARGS)`");

    private DocumentedSettings() {}

    static Set<String> names() throws IOException {
        return NAME.matcher(Files.readString(Path.of("README.md")))
                .results()
                .map(found -> found.group(1).toUpperCase(Locale.ROOT).replaceAll("[.-]", "_"))
                .collect(Collectors.toSet());
    }
}
