package io.duet.bench;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What one run of the benchmark is to do: {@code name=value} each, with defaults; a name that does not exist is refused. */
final class Settings {
    private final Map<String, String> values;

    private Settings(Map<String, String> values) {
        this.values = values;
    }

    /**
     * @param defaults every setting that exists
     * @param arguments {@code name=value} each, or several of them separated by blanks or commas
     */
    static Settings of(Map<String, String> defaults, String... arguments) {
        final Map<String, String> values = new LinkedHashMap<>(defaults);
        for (String argument : String.join(" ", arguments).trim().split("[ ,]+")) {
            final String[] parts = argument.split("=", 2);
            if (argument.isEmpty()) {
                continue;
            }
            if (parts.length != 2 || !values.containsKey(parts[0])) {
                throw new IllegalArgumentException("no such setting: " + argument + "; there are " + values);
            }
            values.put(parts[0], parts[1]);
        }
        return new Settings(values);
    }

    String text(String name) {
        return values.get(name);
    }

    boolean given(String name) {
        return !values.get(name).isEmpty();
    }

    int number(String name) {
        return Integer.parseInt(values.get(name).replace("_", ""));
    }

    Duration seconds(String name) {
        return Duration.ofSeconds(number(name));
    }

    /** Several values, separated by {@code +}. */
    List<String> list(String name) {
        return Arrays.stream(values.get(name).split("\\+"))
                .filter(value -> !value.isEmpty())
                .toList();
    }

    /** The same with another value of one setting. */
    Settings with(String name, Object value) {
        final Map<String, String> changed = new LinkedHashMap<>(values);
        if (changed.put(name, value.toString()) == null) {
            throw new IllegalArgumentException("no such setting: " + name);
        }
        return new Settings(changed);
    }

    @Override
    public String toString() {
        return values.entrySet().stream().map(Map.Entry::toString).collect(Collectors.joining(" "));
    }
}
