package io.duet.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An operator's page of {@code docs}: the files and the steps that it gives, each in a block whose first line names it after its
 * language. A step is a block in {@code sh}.
 */
final class ServerPage {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```([a-z]+) (\\S+)$\\n(.*?)^```$");

    private final Path page;
    private final Map<String, String> files = new LinkedHashMap<>();
    private final Map<String, String> steps = new LinkedHashMap<>();

    ServerPage(Path page) {
        this.page = page;
        Matcher block = BLOCK.matcher(text(page));
        while (block.find()) {
            (block.group(1).equals("sh") ? steps : files).put(block.group(2), block.group(3));
        }
    }

    static String text(Path page) {
        try {
            return Files.readString(page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By their names. */
    Map<String, String> files() {
        return Map.copyOf(files);
    }

    /** What a shell is to do. */
    String step(String name) {
        if (!steps.containsKey(name)) {
            throw new IllegalArgumentException(page + " has no step " + name);
        }
        return steps.get(name);
    }
}
