package io.duet.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What README.md tells about the settings is what the reader of the settings does. */
class ConfigurationTableTest {
    private static final Pattern ROW = Pattern.compile("^\\| `(duet\\.[^`]+)` \\| (?:`([^`]*)`)?", Pattern.MULTILINE);

    /** Differs from node to node, so that defaults can be compared. */
    private static final String NODE_NAME = "duet.cluster.node-name";

    @Test
    void listsEveryKeyThatIsReadAndNoOther() throws IOException {
        Set<String> asked = new LinkedHashSet<>();
        new ConfigReader(key -> {
                    asked.add(key);
                    return Optional.empty();
                })
                .read();
        assertThat(table().keySet()).containsExactlyInAnyOrderElementsOf(asked);
    }

    @Test
    void tellsTheDefaults() throws IOException {
        DuetConfig defaults = read(Map.of(NODE_NAME, "node"));
        table().forEach((key, byDefault) -> {
            if (byDefault.isPresent()) {
                assertThat(read(Map.of(NODE_NAME, "node", key, byDefault.get())))
                        .as(key)
                        .isEqualTo(defaults);
            }
        });
    }

    private static DuetConfig read(Map<String, String> given) {
        return new ConfigReader(key -> Optional.ofNullable(given.get(key))).read();
    }

    private static Map<String, Optional<String>> table() throws IOException {
        Map<String, Optional<String>> rows = new LinkedHashMap<>();
        for (MatchResult row :
                ROW.matcher(Files.readString(Path.of("README.md"))).results().toList()) {
            assertThat(rows.put(row.group(1), Optional.ofNullable(row.group(2))))
                    .as(row.group(1))
                    .isNull();
        }
        return rows;
    }
}
