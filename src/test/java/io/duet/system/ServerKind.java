package io.duet.system;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The servers that the same WAR runs on, as the build packages them in {@code target}. */
public enum ServerKind {
    LIBERTY {
        @Override
        List<String> command() {
            return List.of(
                    Path.of("target/liberty/wlp/bin/server").toAbsolutePath().toString(), "run", "duet");
        }

        @Override
        Map<String, String> environment(Path directory) {
            return Map.of("WLP_OUTPUT_DIR", directory.resolve("output").toString());
        }

        @Override
        Path log(Path directory) {
            return directory.resolve("output/duet/logs/messages.log");
        }
    },

    WILDFLY {
        @Override
        List<String> command() {
            return List.of(Path.of("target/wildfly/bin/duet").toAbsolutePath().toString());
        }

        @Override
        Map<String, String> environment(Path directory) {
            return Map.of("JBOSS_BASE_DIR", directory.resolve("output").toString(), "DUET_MANAGEMENT_PORT", "0");
        }

        @Override
        Path log(Path directory) {
            return directory.resolve("output/log/server.log");
        }
    };

    /** The one that this test run is about: {@code io.duet.server}, which the profiles of the build set. */
    public static ServerKind ofThisBuild() {
        return valueOf(System.getProperty("io.duet.server", "liberty").toUpperCase(Locale.ROOT));
    }

    /** What starts the server and becomes it. */
    abstract List<String> command();

    /** What makes it write beneath this directory only, and take no port that another one has. */
    abstract Map<String, String> environment(Path directory);

    /** The log of its latest start. */
    abstract Path log(Path directory);
}
