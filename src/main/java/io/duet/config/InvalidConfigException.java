package io.duet.config;

import java.util.Map;
import java.util.stream.Collectors;

/** One or more settings are wrong; the message names each key, what is expected and, unless secret, what was given. */
public final class InvalidConfigException extends RuntimeException {
    private static final long serialVersionUID = 1;

    InvalidConfigException(Map<String, String> wrong) {
        super(wrong.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining("; ", "Duet is not configured correctly: ", "")));
    }
}
