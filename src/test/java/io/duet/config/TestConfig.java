package io.duet.config;

import java.util.Map;
import java.util.Optional;

/** Settings as an operator gives them. */
public final class TestConfig {

    private TestConfig() {}

    public static DuetConfig of(Map<String, String> given) {
        return new ConfigReader(key -> Optional.ofNullable(given.get(key))).read();
    }
}
