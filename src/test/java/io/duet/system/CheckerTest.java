package io.duet.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.checker.Checker;
import io.duet.checker.Lies;
import io.duet.checker.LyingProxy;
import io.duet.checker.Settings;
import io.duet.checker.Verdict;
import io.duet.checker.Violation;
import io.duet.checker.Violation.Kind;
import io.duet.system.client.Duet;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The checker decides: an honest server keeps the contract, and no lie about it stays undetected. */
@ExtendWith(SharedServers.class)
class CheckerTest {

    @Test
    void oneNodeKeepsTheContractWhileDevicesComeAndGo(Duet duet) {
        Settings settings =
                Settings.parse("users=10&messages=1500&rate=250&seed=1").at(List.of(duet.base()));
        try (Checker checker = Checker.begin(settings)) {
            checker.load();
            checker.awaitAllSent();
            Verdict verdict = checker.decide();
            assertThat(verdict.kept()).as("%s", verdict).isTrue();
            assertThat(verdict.total("messages sent")).isEqualTo(1500);
            assertThat(verdict.total("errors seen")).as("%s", verdict).isZero();
        }
    }

    @Test
    void everyKindOfLieIsFound(Duet duet) throws Exception {
        Lies lies = new Lies();
        try (LyingProxy proxy = new LyingProxy(duet.base(), lies)) {
            Settings settings = Settings.parse("users=6&devices=2&messages=1200&rate=200&quiet=7&patience=4&seed=1")
                    .at(List.of(proxy.address()));
            try (Checker checker = Checker.begin(settings)) {
                checker.load();
                checker.awaitAllSent();
                lies.beginOverRest();
                Verdict verdict = checker.decide();
                Set<Kind> told = lies.told().stream()
                        .map(Lies.Told::kind)
                        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Kind.class)));
                assertThat(told).as("occasions found").containsAll(Lies.kinds());
                for (Kind kind : told) {
                    assertThat(lies.told().stream().filter(lie -> lie.kind() == kind))
                            .as("%s of %s", kind, verdict)
                            .anyMatch(lie -> verdict.violations().stream().anyMatch(found -> isAbout(found, lie)));
                }
                assertThat(verdict.kinds())
                        .contains(Kind.WRONG_UNREAD, Kind.WRONG_DELIVERED, Kind.WRONG_PRESENCE, Kind.SEQUENCE_GAP);
            }
        }
    }

    private static boolean isAbout(Violation found, Lies.Told lie) {
        return found.kind() == lie.kind()
                && (lie.sequence() == 0 || found.sequence() < 0 || found.sequence() == lie.sequence());
    }
}
