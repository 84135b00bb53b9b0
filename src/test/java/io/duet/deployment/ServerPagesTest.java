package io.duet.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Operators find on the page of each server the same things in the same places. */
class ServerPagesTest {

    @Test
    void haveTheSameHeadingsAndSteps() {
        assertThat(found("docs/liberty.md", "(?m)^##+ (?!What differs).*$"))
                .isEqualTo(found("docs/wildfly.md", "(?m)^##+ (?!What differs).*$"));
        assertThat(found("docs/liberty.md", "(?m)^```sh \\S+$"))
                .isEqualTo(found("docs/wildfly.md", "(?m)^```sh \\S+$"));
    }

    private static List<String> found(String page, String pattern) {
        List<String> found = Pattern.compile(pattern)
                .matcher(Manifests.text(Path.of(page)))
                .results()
                .map(MatchResult::group)
                .toList();
        assertThat(found).hasSizeGreaterThan(3);
        return found;
    }
}
