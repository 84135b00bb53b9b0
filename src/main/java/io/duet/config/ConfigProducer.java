package io.duet.config;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;

/** The bridge from MicroProfile Config to an injectable {@link DuetConfig}; the one place that knows both. */
@Singleton
final class ConfigProducer {
    @Produces
    @Singleton
    DuetConfig config() {
        Config config = ConfigProvider.getConfig();
        var reader = new ConfigReader(
                key -> Optional.ofNullable(config.getConfigValue(key).getValue()));
        DuetConfig result = reader.read();
        reader.refuseUnknown(config.getPropertyNames(), System.getenv().keySet());
        return result;
    }
}
