package io.duet.bench;

import io.duet.system.TestServer;
import io.duet.system.client.Duet;
import io.duet.system.client.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * Measures how many messages a second are fully done: durable, received, acknowledged, and {@code delivered} back at the
 * sender.
 *
 * <pre>{@code
 * ./mvnw -q -Pbench verify                                   # 100 pairs, 4 outstanding, 100-byte texts, 20 s
 * ./mvnw -q -Pbench verify -Dbench="outstanding=1"           # any of the settings below
 * ./mvnw -q -Pbench verify -Dbench="url=http://host:9080"    # a server that runs already, its rate limit off
 * }</pre>
 *
 * <p>Settings: {@code pairs}, {@code outstanding} (also a list: {@code 4+1}), {@code bytes} a text, {@code warmup} and
 * {@code seconds}, {@code url}, and with it {@code server-pid} and {@code postmaster-pid} for the split of processor time
 * when they run on this machine. The result is one line of JSON for each value of {@code outstanding}, times in
 * milliseconds; {@code fsync_p50_ms} is what this disk takes for one page, measured just before.
 */
public final class Bench {

    private final Map<String, String> settings;

    private Bench(Map<String, String> settings) {
        this.settings = settings;
    }

    /** @param args {@code name=value} each, or several of them separated by blanks or commas */
    public static void main(String[] args) throws IOException {
        Map<String, String> settings = new LinkedHashMap<>(
                Map.of("pairs", "100", "outstanding", "4", "bytes", "100", "warmup", "8", "seconds", "20", "url", ""));
        settings.put("server-pid", "0");
        settings.put("postmaster-pid", "0");
        for (String argument : String.join(" ", args).trim().split("[ ,]+")) {
            String[] parts = argument.split("=", 2);
            if (argument.isEmpty()) {
                continue;
            }
            if (parts.length != 2 || settings.put(parts[0], parts[1]) == null) {
                throw new IllegalArgumentException("no such setting: " + argument + "; there are " + settings.keySet());
            }
        }
        new Bench(settings).run();
    }

    private void run() throws IOException {
        if (!settings.get("url").isEmpty()) {
            measure(
                    new Duet(URI.create(settings.get("url"))),
                    number("server-pid"),
                    Optional.of((long) number("postmaster-pid")).filter(pid -> pid > 0),
                    0);
            return;
        }
        Map<String, String> server = Map.of("duet.rate-limit.enabled", "false");
        try (TestServer started = TestServer.startForLoad(server)) {
            measure(
                    new Duet(started.duet().base()),
                    started.process().pid(),
                    Optional.of(started.postmaster().pid()),
                    started.startedWithin().toMillis());
        }
    }

    private void measure(Duet duet, long serverPid, Optional<Long> postmasterPid, long startMillis) throws IOException {
        for (String outstanding : settings.get("outstanding").split("\\+")) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("mode", "online");
            result.put("pairs", number("pairs"));
            result.put("outstanding", Integer.parseInt(outstanding));
            result.put("bytes", number("bytes"));
            result.put("fsync_p50_ms", millis(FsyncProbe.measure(Path.of("target")), 50));
            if (startMillis > 0) {
                result.put("server_start_ms", startMillis);
            }
            try (OnlineLoad load = new OnlineLoad(duet, number("pairs"), number("bytes"))) {
                load(load, Integer.parseInt(outstanding), serverPid, postmasterPid, result);
            }
            System.out.println(Json.write(result));
        }
    }

    private void load(
            OnlineLoad load, int outstanding, long serverPid, Optional<Long> postmasterPid, Map<String, Object> result)
            throws IOException {
        load.start(outstanding);
        load.runFor(Duration.ofSeconds(number("warmup")));
        Pair.Measure measure = load.measure();
        measure.reset();
        CpuTimes.Snapshot before = CpuTimes.of(serverPid, postmasterPid);
        long start = System.nanoTime();
        load.runFor(Duration.ofSeconds(number("seconds")));
        double seconds = (System.nanoTime() - start) / 1e9;
        CpuTimes.Snapshot used = CpuTimes.of(serverPid, postmasterPid).minus(before);
        long done = measure.done;
        result.put("seconds", round(seconds));
        result.put("done", done);
        result.put("done_per_second", Math.round(done / seconds));
        put(result, "send_to_receive", measure.sendToReceive);
        put(result, "send_to_sent", measure.sendToSent);
        put(result, "send_to_delivered", measure.sendToDelivered);
        result.put("cpu_seconds_server", round(used.server()));
        result.put("cpu_seconds_database", round(used.database()));
        result.put("cpu_seconds_generator", round(used.generator()));
        result.put("cpu_ms_server_per_message", round(1000 * used.server() / Math.max(1, done)));
        result.put("cpu_ms_database_per_message", round(1000 * used.database() / Math.max(1, done)));
        load.settle();
        result.put("errors", measure.errors);
        if (measure.firstError != null) {
            result.put("first_error", measure.firstError);
        }
    }

    private static void put(Map<String, Object> result, String name, Histogram histogram) {
        result.put(name + "_p50_ms", millis(histogram, 50));
        result.put(name + "_p99_ms", millis(histogram, 99));
        result.put(name + "_max_ms", millis(histogram, 100));
    }

    private static double millis(Histogram histogram, double percentile) {
        return round(histogram.getValueAtPercentile(percentile) / 1e6);
    }

    private static double round(double value) {
        return Math.round(1000 * value) / 1000.0;
    }

    private int number(String name) {
        return Integer.parseInt(settings.get(name));
    }
}
