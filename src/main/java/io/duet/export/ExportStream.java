package io.duet.export;

import io.duet.audit.Audit;
import io.duet.audit.AuditEvent;
import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import io.duet.rest.Caller;
import io.duet.rest.JsonLines;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers with an export that is written as it is read, and records its beginning and its end for the auditor. An export keeps a
 * thread of the server busy for as long as it takes; beyond {@value #AT_ONCE} of a node the next is refused. Safe for all threads.
 */
@Singleton
final class ExportStream {
    private static final int AT_ONCE = 4;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(30);

    private final Audit audit;
    private final AtomicInteger running = new AtomicInteger();

    /** Writes all lines of an export. */
    @FunctionalInterface
    interface Writing {
        Exported write(JsonLines out) throws IOException;
    }

    @Inject
    ExportStream(Audit audit) {
        this.audit = audit;
    }

    /**
     * @param begun what is exported, from where, and by whom; the end is recorded by the same name and fields
     * @param fileName what a browser shall call it
     */
    Response answer(AuditEvent begun, String fileName, Writing export) {
        if (running.get() >= AT_ONCE) {
            throw new ApiException(ErrorCode.UNAVAILABLE, "too many exports at once, try again later")
                    .retryAfter(RETRY_AFTER);
        }
        audit.record(begun.detail("phase", "begun"));
        StreamingOutput stream = out -> write(begun, export, new JsonLines(out));
        return Response.ok(stream, JsonLines.MEDIA_TYPE)
                .header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + fileName + "\"")
                .build();
    }

    private void write(AuditEvent begun, Writing export, JsonLines out) throws IOException {
        running.incrementAndGet();
        Exported exported = null;
        try {
            exported = export.write(out);
        } finally {
            running.decrementAndGet();
            audit.record(exported == null ? cut(begun) : ended(begun, exported));
        }
    }

    private static AuditEvent ended(AuditEvent begun, Exported exported) {
        return begun.detail("phase", "ended")
                .detail("conversations", exported.conversations())
                .detail("messages", exported.messages())
                .detail("complete", exported.complete());
    }

    /** The client went, or the database did. */
    private static AuditEvent cut(AuditEvent begun) {
        return new AuditEvent(
                        begun.name(),
                        AuditEvent.Outcome.FAILED,
                        begun.userId(),
                        begun.actorId(),
                        begun.username(),
                        begun.source(),
                        begun.sessionId(),
                        begun.details())
                .detail("phase", "cut");
    }

    static AuditEvent event(String name, Caller admin) {
        return AuditEvent.ok(name).actor(admin.userId()).session(admin.sessionId());
    }
}
