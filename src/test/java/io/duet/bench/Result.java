package io.duet.bench;

import io.duet.system.client.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** What one mode has measured: values in the order in which they were put, latencies, and a throughput each second. */
final class Result {
    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 100};

    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Map<String, Histogram> latencies = new LinkedHashMap<>();
    private final List<Double> perSecond = new ArrayList<>();

    Result(String mode) {
        values.put("mode", mode);
    }

    static Histogram histogram() {
        return new Histogram(600_000_000_000L, 3);
    }

    Result put(String name, Object value) {
        values.put(name, value instanceof Double number ? round(number) : value);
        return this;
    }

    /** Adds {@code name_p50_ms} and so on, and keeps the whole distribution for the plot. Empty ones are left out. */
    Result latency(String name, Histogram nanos) {
        if (nanos.getTotalCount() == 0) {
            return this;
        }
        latencies.put(name, nanos.copy());
        for (double percentile : PERCENTILES) {
            final String label =
                    percentile == 100 ? "max" : "p" + String.valueOf(percentile).replaceAll("\\.0$", "");
            put(name + "_" + label + "_ms", nanos.getValueAtPercentile(percentile) / 1e6);
        }
        return this;
    }

    void second(double rate) {
        perSecond.add(rate);
    }

    String mode() {
        return (String) values.get("mode");
    }

    Map<String, Object> values() {
        return values;
    }

    double number(String name) {
        return ((Number) values.get(name)).doubleValue();
    }

    Map<String, Histogram> latencies() {
        return latencies;
    }

    List<Double> perSecond() {
        return perSecond;
    }

    String json() {
        final Map<String, Object> all = new LinkedHashMap<>(values);
        if (!perSecond.isEmpty()) {
            all.put("per_second", perSecond.stream().map(Math::round).toList());
        }
        return Json.write(all);
    }

    private static double round(double value) {
        return Math.round(1000 * value) / 1000.0;
    }
}
