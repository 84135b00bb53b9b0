package io.duet.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts load on a real server over the wire contract and measures it.
 *
 * <pre>{@code
 * ./mvnw -q -Pbench verify                                   # online: 100 pairs, 4 outstanding, 100-byte texts, 20 s
 * ./mvnw -q -Pbench verify -Dbench="outstanding=4+1"         # one after the other, in one run
 * ./mvnw -q -Pbench verify -Dbench="modes=drain+storm"       # other kinds of load
 * ./mvnw -q -Pbench verify -Dbench="modes=all report=docs/bench"   # everything, and a report
 * ./mvnw -q -Pbench verify -Dbench="url=http://host:9080 db=jdbc:postgresql://… secret=…"   # servers that run already
 * }</pre>
 *
 * <p>Modes: {@code statement} (the ceiling: the group commit's statement alone), {@code echo} (the server's bare WebSocket,
 * and Duet's {@code ping} beside it), {@code online}, {@code open}, {@code drain},
 * {@code storm}, {@code failover} (with {@code nodes=2} or more; not one of all), {@code history}, {@code grown} (online again, in the database that history has filled), {@code idle}. Each
 * says in its class what it does. Without {@code url} a server with fresh data is started (or {@code nodes} of them, one cluster), and another one for {@code idle}.
 * The settings are below. A server that runs already needs its rate limit off and a {@code duet.tokens.secret}, and
 * {@code server-pid} and {@code postmaster-pid} for processor times and memory; {@code url} may be several nodes, joined
 * by {@code +}.
 *
 * <p>The result is one line of JSON for each mode, times in milliseconds; progress goes to the error stream.
 */
public final class Bench {
    private static final Map<String, String> DEFAULTS = defaults();
    private static final List<String> ALL =
            List.of("statement", "echo", "online", "open", "drain", "storm", "history", "grown", "idle");

    private final Settings settings;
    private final List<Result> results = new ArrayList<>();

    private Bench(Settings settings) {
        this.settings = settings;
    }

    private static Map<String, String> defaults() {
        final Map<String, String> defaults = new LinkedHashMap<>();
        defaults.put("modes", "online");
        defaults.put("url", "");
        defaults.put("db", "");
        defaults.put("secret", "");
        defaults.put("server-pid", "");
        defaults.put("nodes", "1");
        defaults.put("postmaster-pid", "0");
        defaults.put("jvm", "");
        defaults.put("report", "");
        defaults.put("warmup", "8");
        defaults.put("seconds", "20");
        // online, open, statement
        defaults.put("pairs", "100");
        defaults.put("outstanding", "4");
        defaults.put("bytes", "100");
        defaults.put("rate", "0");
        defaults.put("open-seconds", "60");
        // drain
        defaults.put("senders", "50");
        defaults.put("messages-each", "200");
        // storm
        defaults.put("devices", "15000");
        defaults.put("pending", "5");
        defaults.put("others-rate", "200");
        defaults.put("at-once", "500");
        // failover
        defaults.put("lost-devices", "1000");
        // history
        defaults.put("stored", "5_000_000");
        // idle
        defaults.put("connections", "19000");
        defaults.put("idle-seconds", "60");
        return defaults;
    }

    /** @param args {@code name=value} each, or several of them separated by blanks or commas */
    public static void main(String[] args) throws IOException {
        new Bench(Settings.of(DEFAULTS, args)).run();
        System.exit(0);
    }

    private void run() throws IOException {
        final List<String> modes = settings.text("modes").equals("all") ? ALL : settings.list("modes");
        final List<String> busy =
                modes.stream().filter(mode -> !mode.equals("idle")).toList();
        if (!busy.isEmpty()) {
            try (Target target = Target.of(settings)) {
                for (String mode : busy) {
                    run(target, mode);
                }
            }
        }
        if (modes.contains("idle")) {
            try (Target target = Target.of(settings)) {
                measure(target, "idle", settings);
            }
        }
        if (settings.given("report")) {
            new Report(results, settings).write(Path.of(settings.text("report")), LocalDate.now());
        }
    }

    private void run(Target target, String mode) throws IOException {
        if (mode.equals("online") || mode.equals("grown")) {
            for (String outstanding : settings.list("outstanding")) {
                measure(target, mode, settings.with("outstanding", outstanding));
            }
        } else if (mode.equals("storm")) {
            for (String atOnce : settings.list("at-once")) {
                measure(target, mode, settings.with("at-once", atOnce));
            }
        } else {
            measure(
                    target,
                    mode,
                    settings.with("outstanding", settings.list("outstanding").get(0)));
        }
    }

    private void measure(Target target, String name, Settings chosen) throws IOException {
        final Result result = new Result(name);
        if (target.startedWithin().toMillis() > 0) {
            result.put("server_start_ms", target.startedWithin().toMillis());
        }
        mode(name).run(target, chosen, result);
        System.out.println(result.json());
        Files.createDirectories(Path.of("target/bench"));
        Files.writeString(Path.of("target/bench/" + results.size() + "-" + name + ".json"), result.json());
        results.add(result);
    }

    private static Mode mode(String name) {
        return switch (name) {
            case "statement" -> new StatementMode();
            case "echo" -> new EchoMode();
            case "online", "grown" -> new OnlineMode();
            case "open" -> new OpenMode();
            case "drain" -> new DrainMode();
            case "storm" -> new StormMode();
            case "history" -> new HistoryMode();
            case "idle" -> new IdleMode();
            case "failover" -> new FailoverMode();
            default -> throw new IllegalArgumentException("no such mode: " + name + "; there are failover and " + ALL);
        };
    }
}
