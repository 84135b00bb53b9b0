package io.duet.audit;

import io.duet.config.DuetConfig;
import io.duet.protocol.Timestamps;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes the audit log: each event one line of JSON (RFC 8259) in ASCII, at level INFO of the logger {@value #LOGGER}, which
 * the server's own logging configuration routes. Any thread may call, also one that must not block: it costs what a line
 * in the server's log costs.
 */
@Singleton
public final class Audit {

    /** Of {@code java.util.logging}, which every server routes. */
    public static final String LOGGER = "io.duet.audit";

    private final Logger logger = Logger.getLogger(LOGGER);
    private final JsonMapper json =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
    private final Clock clock;
    private final String node;

    @Inject
    public Audit(Clock clock, DuetConfig config) {
        this.clock = clock;
        node = config.cluster().nodeName();
    }

    /** Writes the event, with the present time and this node's name. */
    public void record(AuditEvent event) {
        if (logger.isLoggable(Level.INFO)) {
            logger.log(Level.INFO, line(event));
        }
    }

    private String line(AuditEvent event) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("time", Timestamps.format(clock.instant()));
        fields.put("event", event.name());
        fields.put("outcome", event.outcome().name().toLowerCase(Locale.ROOT));
        fields.put("node", node);
        event.userId().ifPresent(id -> fields.put("user_id", id.toString()));
        event.actorId().ifPresent(id -> fields.put("actor_id", id.toString()));
        event.username().ifPresent(name -> fields.put("username", name));
        event.source().ifPresent(address -> fields.put("source", address));
        event.sessionId().ifPresent(id -> fields.put("session_id", id.toString()));
        fields.putAll(new TreeMap<>(event.details()));
        return json.writeValueAsString(fields);
    }
}
