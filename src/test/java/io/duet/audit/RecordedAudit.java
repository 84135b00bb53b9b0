package io.duet.audit;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What goes to the audit log while it is open, by whomever in this JVM. */
public final class RecordedAudit extends Handler implements AutoCloseable {

    private final Logger logger = Logger.getLogger(Audit.LOGGER);
    private final List<String> lines = new CopyOnWriteArrayList<>();

    public RecordedAudit() {
        logger.addHandler(this);
    }

    @Override
    public void publish(LogRecord logged) {
        lines.add(logged.getMessage());
    }

    public List<String> lines() {
        return List.copyOf(lines);
    }

    /** The events of this name, oldest first. */
    public List<JsonNode> events(String name) {
        return lines.stream()
                .map(line -> JsonMapper.shared().readTree(line))
                .filter(event -> event.get("event").asString().equals(name))
                .toList();
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
    }
}
