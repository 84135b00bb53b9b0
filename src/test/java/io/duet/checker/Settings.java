package io.duet.checker;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a run does.
 *
 * @param nodes addresses of the nodes, such as {@code http://127.0.0.1:9080}; their rate limit must be off
 * @param users how many people
 * @param devices of each of them
 * @param peers with how many people each of them begins a conversation
 * @param messages how many are sent between {@code load} and the time when all are out; 0: without end
 * @param perSecond the pace of all senders together
 * @param seed of every decision
 * @param churn whether devices come and go by themselves
 * @param quiet how long presence may take to be right
 * @param patience how long after the load everything else may take to be right
 * @param file gets every frame as a line
 */
public record Settings(
        List<URI> nodes,
        int users,
        int devices,
        int peers,
        int messages,
        int perSecond,
        long seed,
        boolean churn,
        Duration quiet,
        Duration patience,
        Optional<Path> file) {

    private static final Map<String, String> DEFAULTS = new LinkedHashMap<>();

    static {
        DEFAULTS.put("nodes", "");
        DEFAULTS.put("users", "20");
        DEFAULTS.put("devices", "3");
        DEFAULTS.put("peers", "2");
        DEFAULTS.put("messages", "5000");
        DEFAULTS.put("rate", "300");
        DEFAULTS.put("seed", "1");
        DEFAULTS.put("churn", "true");
        DEFAULTS.put("quiet", "15");
        DEFAULTS.put("patience", "60");
        DEFAULTS.put("file", "");
    }

    /** The defaults for these nodes. */
    public static Settings of(URI... nodes) {
        return parse("").at(List.of(nodes));
    }

    /** @param text {@code name=value} pairs with {@code &} between them, on top of the defaults */
    public static Settings parse(String text) {
        Map<String, String> values = new LinkedHashMap<>(DEFAULTS);
        for (String pair : text.split("&")) {
            String[] parts = pair.split("=", 2);
            if (!pair.isBlank() && (parts.length < 2 || values.put(parts[0].trim(), parts[1].trim()) == null)) {
                throw new IllegalArgumentException("no such setting: " + pair + "; there are " + DEFAULTS);
            }
        }
        return new Settings(
                Arrays.stream(values.get("nodes").split(","))
                        .filter(node -> !node.isBlank())
                        .map(node -> URI.create(node.contains("://") ? node : "http://" + node))
                        .toList(),
                Integer.parseInt(values.get("users")),
                Integer.parseInt(values.get("devices")),
                Integer.parseInt(values.get("peers")),
                Integer.parseInt(values.get("messages")),
                Integer.parseInt(values.get("rate")),
                Long.parseLong(values.get("seed")),
                Boolean.parseBoolean(values.get("churn")),
                Duration.ofSeconds(Long.parseLong(values.get("quiet"))),
                Duration.ofSeconds(Long.parseLong(values.get("patience"))),
                Optional.of(values.get("file")).filter(file -> !file.isEmpty()).map(Path::of));
    }

    public Settings at(List<URI> addresses) {
        return new Settings(addresses, users, devices, peers, messages, perSecond, seed, churn, quiet, patience, file);
    }
}
