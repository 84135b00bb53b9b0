package io.duet.checker;

import io.duet.checker.Violation.Kind;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What the checker has decided.
 *
 * @param totals what was done and seen, by name
 * @param violations the first of each kind
 * @param counts how many there were of each kind
 */
public record Verdict(Map<String, Object> totals, List<Violation> violations, Map<Kind, Integer> counts) {

    /** Every promise was kept. */
    public boolean kept() {
        return counts.isEmpty();
    }

    public Set<Kind> kinds() {
        return new TreeSet<>(counts.keySet());
    }

    /** A total that is a number; 0 when there is none. */
    public long total(String name) {
        return totals.get(name) instanceof Number number ? number.longValue() : 0;
    }

    @Override
    public String toString() {
        return (kept() ? "KEPT: every promise of the contract" : "BROKEN: " + counts)
                + totals.entrySet().stream()
                        .map(entry -> String.format("%n    %-28s %s", entry.getKey(), entry.getValue()))
                        .collect(Collectors.joining())
                + violations.stream().map(violation -> "\n  " + violation).collect(Collectors.joining());
    }
}
