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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The checker decides: an honest server keeps the contract, and no lie about it stays undetected. */
@ExtendWith(SharedServers.class)
class CheckerTest {
    private static final int MOST_RUNS = 5;
    private static final Set<Kind> OVER_REST =
            EnumSet.of(Kind.WRONG_UNREAD, Kind.WRONG_DELIVERED, Kind.WRONG_PRESENCE, Kind.SEQUENCE_GAP);

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

    /**
     * Not every run has an occasion for every lie, nor can every lie be told from the truth at that moment; but in a few runs
     * each kind must have been told and found.
     */
    @Test
    void everyKindOfLieIsFound(Duet duet) throws Exception {
        Set<Kind> expected = EnumSet.copyOf(Lies.kinds());
        expected.addAll(OVER_REST);
        Set<Kind> found = EnumSet.noneOf(Kind.class);
        for (int seed = 1; seed <= MOST_RUNS && !found.containsAll(expected); seed++) {
            found.addAll(foundIn(duet, seed));
        }
        assertThat(found).containsAll(expected);
    }

    private static Set<Kind> foundIn(Duet duet, int seed) throws Exception {
        Lies lies = new Lies();
        try (LyingProxy proxy = new LyingProxy(duet.base(), lies)) {
            Settings settings = Settings.parse(
                            "users=6&devices=2&messages=1200&rate=200&quiet=7&patience=4&seed=" + seed)
                    .at(List.of(proxy.address()));
            try (Checker checker = Checker.begin(settings)) {
                checker.load();
                checker.awaitAllSent();
                lies.beginOverRest();
                Verdict verdict = checker.decide();
                Set<Kind> found = EnumSet.noneOf(Kind.class);
                lies.told().stream()
                        .filter(lie -> verdict.violations().stream().anyMatch(violation -> isAbout(violation, lie)))
                        .forEach(lie -> found.add(lie.kind()));
                OVER_REST.stream().filter(verdict.kinds()::contains).forEach(found::add);
                return found;
            }
        }
    }

    private static boolean isAbout(Violation found, Lies.Told lie) {
        return found.kind() == lie.kind()
                && (lie.sequence() == 0 || found.sequence() < 0 || found.sequence() == lie.sequence());
    }
}
