package io.duet.config;

import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Single values out of a source of strings; remembers what was wrong, so that one start tells of every mistake. */
final class ConfigValues {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private final Function<String, Optional<String>> source;
    private final Set<String> known = new HashSet<>();
    private final Map<String, String> wrong = new LinkedHashMap<>();

    ConfigValues(Function<String, Optional<String>> source) {
        this.source = source;
    }

    int integer(String key, int byDefault, int min, int max) {
        return value(key, byDefault, text -> {
            int number = Integer.parseInt(text);
            require(key, number >= min && number <= max, "must be a whole number from " + min + " to " + max);
            return number;
        });
    }

    double decimal(String key, double byDefault, double min, double max) {
        return value(key, byDefault, text -> {
            double number = new BigDecimal(text).doubleValue();
            require(key, number >= min && number <= max, "must be a number from " + min + " to " + max);
            return number;
        });
    }

    boolean bool(String key, boolean byDefault) {
        return value(key, byDefault, text -> switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("must be true or false");
        });
    }

    Duration duration(String key, String byDefault, String min, String max) {
        return value(key, Duration.parse(byDefault), text -> parsed(key, text, min, max));
    }

    Optional<Duration> optionalDuration(String key, String min, String max) {
        return value(key, Optional.empty(), text -> Optional.of(parsed(key, text, min, max)));
    }

    private Duration parsed(String key, String text, String min, String max) {
        String expected = "must be an ISO 8601 duration from " + min + " to " + max;
        try {
            Duration duration = Duration.parse(text);
            boolean inRange =
                    duration.compareTo(Duration.parse(min)) >= 0 && duration.compareTo(Duration.parse(max)) <= 0;
            require(key, inRange, expected);
            return duration;
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(expected, e);
        }
    }

    <E extends Enum<E>> E choice(String key, E byDefault) {
        Class<E> type = byDefault.getDeclaringClass();
        return value(
                key,
                byDefault,
                text -> Arrays.stream(type.getEnumConstants())
                        .filter(constant -> written(constant).equals(text))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("must be one of "
                                + Arrays.stream(type.getEnumConstants())
                                        .map(ConfigValues::written)
                                        .collect(Collectors.joining(", ")))));
    }

    private static String written(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    String name(String key, Supplier<String> byDefault) {
        String name = value(key, "", text -> {
            require(key, NAME.matcher(text).matches(), "must be 1 to 64 of A-Z a-z 0-9 . _ -");
            return text;
        });
        return name.isEmpty() ? byDefault.get() : name;
    }

    Optional<String> text(String key, Pattern pattern, String expected) {
        return value(key, Optional.empty(), text -> {
            require(key, pattern.matcher(text).matches(), expected);
            return Optional.of(text);
        });
    }

    /** Separated by commas. */
    List<String> list(String key, Pattern pattern, String expected) {
        return value(key, List.of(), text -> {
            var items = Arrays.stream(text.split(",", -1)).map(String::strip).toList();
            require(key, items.stream().allMatch(item -> pattern.matcher(item).matches()), expected);
            return items;
        });
    }

    /** @param parser throws IllegalArgumentException with what is expected, such as "must be a date" */
    <T> T parsed(String key, T byDefault, Function<String, T> parser) {
        return value(key, byDefault, parser);
    }

    /** A secret, whose value appears in no error. */
    Optional<String> secret(String key, int minLength) {
        return value(key, Optional.empty(), text -> {
            require(key, text.length() >= minLength, "must be at least " + minLength + " characters long", "");
            return Optional.of(text);
        });
    }

    /** A comma-separated list of web origins ({@code https://chat.example.org:8443}), RFC 6454. */
    Set<String> origins(String key) {
        return value(
                key,
                Set.of(),
                text -> Arrays.stream(text.split(",", -1))
                        .map(String::strip)
                        .map(ConfigValues::origin)
                        .collect(Collectors.toCollection(LinkedHashSet::new)));
    }

    private static String origin(String text) {
        String expected = "must be a list of origins such as https://chat.example.org, separated by commas";
        try {
            var uri = new URI(text.toLowerCase(Locale.ROOT));
            boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            boolean bare = uri.getHost() != null
                    && uri.getUserInfo() == null
                    && uri.getQuery() == null
                    && uri.getFragment() == null
                    && uri.getPath().isEmpty();
            if (http && bare) {
                return uri.toString();
            }
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(expected, e);
        }
        throw new IllegalArgumentException(expected);
    }

    private <T> T value(String key, T byDefault, Function<String, T> parser) {
        known.add(key);
        Optional<String> text = source.apply(key).map(String::strip).filter(given -> !given.isEmpty());
        if (text.isEmpty()) {
            return byDefault;
        }
        try {
            return parser.apply(text.get());
        } catch (NumberFormatException e) {
            wrong.put(key, "must be a number, not '" + text.get() + "'");
        } catch (IllegalArgumentException e) {
            wrong.put(key, e.getMessage() + ", not '" + text.get() + "'");
        }
        return byDefault;
    }

    void require(String key, boolean condition, String expected) {
        require(
                key,
                condition,
                expected,
                source.apply(key).map(text -> ", not '" + text + "'").orElse(""));
    }

    /** @param given how the error ends; empty where the value may not appear */
    void require(String key, boolean condition, String expected, String given) {
        if (!condition) {
            wrong.putIfAbsent(key, expected + given);
        }
    }

    boolean knows(String key) {
        return known.contains(key);
    }

    /** @throws InvalidConfigException if anything was wrong so far */
    void refuseWrong() {
        if (!wrong.isEmpty()) {
            throw new InvalidConfigException(wrong);
        }
    }
}
