package io.duet.config;

import java.util.Map;
import java.util.Optional;

/** Settings as an operator gives them. */
public final class TestConfig {

    private TestConfig() {}

    public static DuetConfig of(Map<String, String> given) {
        return new ConfigReader(key -> Optional.ofNullable(given.get(key))).read();
    }

    /** The defaults, with this message log. */
    public static DuetConfig with(DuetConfig.MessageLog messageLog) {
        return of(Map.of(
                "duet.message-log.writers", Integer.toString(messageLog.writers()),
                "duet.message-log.batch", Integer.toString(messageLog.batch()),
                "duet.message-log.queue", Integer.toString(messageLog.queue()),
                "duet.message-log.deadline", messageLog.deadline().toString()));
    }
}
