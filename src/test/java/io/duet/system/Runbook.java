package io.duet.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The commands, statements and settings of one section of {@code docs/operations.md}, each to be taken once. Of those that begin alike the
 * first that is left is taken.
 */
final class Runbook {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^( *)```(sh|sql|)\\n(.*?)^ *```$");

    private final List<String> lines = new ArrayList<>();

    Runbook(String heading) {
        try {
            String page = Files.readString(Path.of("docs/operations.md"));
            String section =
                    page.split("(?m)^## " + Pattern.quote(heading) + "$", -1)[1].split("(?m)^## ")[0];
            BLOCK.matcher(section)
                    .results()
                    .flatMap(block -> block.group(3).lines())
                    .map(String::strip)
                    .forEach(lines::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param replacements what stands on the page → what it is here; each must stand in that line */
    String take(String beginning, Map<String, String> replacements) {
        String line = lines.stream()
                .filter(each -> each.startsWith(beginning))
                .findFirst()
                .orElseThrow(() -> new AssertionError("The page does not say " + beginning));
        lines.remove(line);
        for (var replacement : replacements.entrySet()) {
            assertThat(line).contains(replacement.getKey());
            line = line.replace(replacement.getKey(), replacement.getValue());
        }
        return line;
    }

    /** What the page says and nobody has taken. */
    List<String> left() {
        return List.copyOf(lines);
    }
}
