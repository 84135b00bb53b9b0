package io.duet.system.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.checker.Checker;
import io.duet.checker.Settings;
import io.duet.checker.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Two nodes and a database that agree neither on the time nor on the time zone: no order, key or expiry of a message minds. */
class SkewedClocksTrial {

    private static final List<Path> LIBRARIES = Stream.of("x86_64-linux-gnu", "aarch64-linux-gnu")
            .map(architecture -> Path.of("/usr/lib", architecture, "faketime/libfaketime.so.1"))
            .toList();

    @Test
    void clocksHoursApart() {
        try (Site site = new Site(List.of(node("+3h", "Pacific/Kiritimati"), node("-2h", "America/St_Johns")))) {
            site.database().execute("ALTER DATABASE duet SET timezone = 'Asia/Kathmandu'");
            Settings settings =
                    Settings.parse("users=10&messages=800&rate=150&seed=5").at(site.addresses());
            try (Checker checker = Checker.begin(settings)) {
                checker.load();
                checker.awaitAllSent();
                Verdict verdict = checker.decide();
                System.out.println("clocks hours apart: " + verdict);
                assertThat(verdict.kept()).as("%s", verdict).isTrue();
                assertThat(verdict.total("errors seen")).as("%s", verdict).isZero();
            }
        }
    }

    /** Tokens live longer than the clocks are apart: each node takes those of the other. */
    private static Map<String, String> node(String offset, String zone) {
        return Map.of(
                "duet.rate-limit.enabled",
                "false",
                "duet.tokens.lifetime",
                "PT12H",
                "LD_PRELOAD",
                library().toString(),
                "FAKETIME",
                offset,
                "FAKETIME_DONT_FAKE_MONOTONIC",
                "1",
                // Else every wait of the JVM with a deadline, which is by the monotonic clock, returns at once
                "FAKETIME_FORCE_MONOTONIC_FIX",
                "0",
                "TZ",
                zone);
    }

    private static Path library() {
        return LIBRARIES.stream()
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new AssertionError("this test needs libfaketime: install the package faketime"));
    }
}
