package io.duet.system.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.checker.Checker;
import io.duet.checker.Fault;
import io.duet.checker.Settings;
import io.duet.checker.Verdict;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Three nodes and the checker's load on them, which live as long as the test run. Faults come one after another; each ends
 * with a verdict on everything since the beginning. Every frame is in {@code target/system/journal.txt}.
 */
final class Trial implements AutoCloseable {

    static final int NODES = 3;

    private static final int BEFORE = 150;
    private static final int AFTER = 150;

    private final Site site;
    private final Checker checker;

    private Trial() {
        site = Site.of(
                NODES,
                Map.of(
                        "duet.rate-limit.enabled", "false",
                        "duet.heartbeat.interval", "PT4S",
                        "duet.heartbeat.timeout", "PT10S",
                        "duet.presence.grace", "PT2S",
                        "DUET_DB_POOL_SIZE", "16"));
        checker = Checker.begin(Settings.parse("users=12&messages=0&rate=120&seed=3&file=target/system/journal.txt")
                .at(site.addresses()));
    }

    Site site() {
        return site;
    }

    Checker checker() {
        return checker;
    }

    /** Lets the fault happen under load and decides. */
    Verdict survives(Fault fault) {
        checker.load();
        checker.awaitConfirmed(BEFORE);
        checker.suffer(fault);
        checker.awaitConfirmed(AFTER);
        checker.settleAt(user -> -1);
        Verdict verdict = checker.decide();
        System.out.println(fault.name() + ": " + verdict);
        assertThat(verdict.kept()).as("%s: %s", fault.name(), verdict).isTrue();
        return verdict;
    }

    Verdict survives(String name, Duration lasts, Runnable beginning, Runnable ending) {
        return survives(new Outage(name, lasts, beginning, ending));
    }

    /** A fault made of two actions. */
    record Outage(String name, Duration lasts, Runnable beginning, Runnable ending) implements Fault {

        @Override
        public void begin() {
            beginning.run();
        }

        @Override
        public void end() {
            ending.run();
        }
    }

    @Override
    public void close() {
        checker.close();
        site.close();
    }

    /** Lends the one trial of the run. */
    static final class Lender implements ParameterResolver {

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Trial.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot()
                    .getStore(Namespace.create(Trial.class))
                    .computeIfAbsent(Trial.class, key -> new Trial(), Trial.class);
        }
    }
}
