package io.duet.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the figures were measured on (Linux). */
final class Machine {
    private Machine() {}

    static Map<String, String> description() throws IOException {
        final Map<String, String> facts = new LinkedHashMap<>();
        facts.put("Processor", first("/proc/cpuinfo", "model name"));
        facts.put("Cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
        facts.put(
                "Memory", Long.parseLong(first("/proc/meminfo", "MemTotal").replaceAll("\\D", "")) / 1048576 + " GiB");
        facts.put("System", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        facts.put("Java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        facts.put(
                "One fsync of a page",
                "p50 %.2f ms, p99 %.2f ms"
                        .formatted(
                                FsyncProbe.measure(Path.of("target")).getValueAtPercentile(50) / 1e6,
                                FsyncProbe.measure(Path.of("target")).getValueAtPercentile(99) / 1e6));
        return facts;
    }

    private static String first(String file, String key) throws IOException {
        return Files.readAllLines(Path.of(file)).stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(line.indexOf(':') + 1).trim())
                .findFirst()
                .orElse("unknown");
    }
}
