package io.duet.audit;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Something that an auditor wants to know. Immutable: each method gives another event with that field. Never put content,
 * tokens or passwords into one, and of a username that is nobody's account nothing either: people type their passwords
 * into that field.
 *
 * <pre>{@code
 * audit.record(AuditEvent.ok("device_removed").user(userId).source(address).detail("device_id", deviceId));
 * }</pre>
 *
 * @param name what happened, such as {@code sign_in} or {@code admin_user_disabled}; never changes once released
 * @param userId whom it is about
 * @param actorId who did it, where that is somebody else than {@code userId}
 * @param username of {@code userId}, where the id alone says too little
 * @param source the network address from which it was done, as {@code io.duet.rest.ClientAddress} tells it
 * @param sessionId the session that it was about, or in which it was done
 * @param details further fields by their names, which never change once released either
 */
public record AuditEvent(
        String name,
        Outcome outcome,
        Optional<UUID> userId,
        Optional<UUID> actorId,
        Optional<String> username,
        Optional<String> source,
        Optional<UUID> sessionId,
        Map<String, String> details) {

    /** How it ended. */
    public enum Outcome {
        OK,
        FAILED
    }

    static final Set<String> FIELDS =
            Set.of("time", "event", "outcome", "node", "user_id", "actor_id", "username", "source", "session_id");
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,63}");
    private static final int MOST_CHARACTERS = 256;

    /** @throws IllegalArgumentException for a name that is none, or a detail with the name of another field */
    public AuditEvent {
        requireName(name);
        details.keySet().forEach(AuditEvent::requireName);
        if (details.keySet().stream().anyMatch(FIELDS::contains)) {
            throw new IllegalArgumentException("a detail has the name of another field: " + details.keySet());
        }
        details = Map.copyOf(details);
    }

    private static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("must be lower case with underscores: " + name);
        }
    }

    /** Something that was done. */
    public static AuditEvent ok(String name) {
        return of(name, Outcome.OK);
    }

    /** Something that was tried and refused. */
    public static AuditEvent failed(String name) {
        return of(name, Outcome.FAILED);
    }

    private static AuditEvent of(String name, Outcome outcome) {
        return new AuditEvent(
                name,
                outcome,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Map.of());
    }

    public AuditEvent user(UUID id) {
        return new AuditEvent(name, outcome, Optional.of(id), actorId, username, source, sessionId, details);
    }

    public AuditEvent actor(UUID id) {
        return new AuditEvent(name, outcome, userId, Optional.of(id), username, source, sessionId, details);
    }

    public AuditEvent username(String text) {
        return new AuditEvent(name, outcome, userId, actorId, Optional.of(limited(text)), source, sessionId, details);
    }

    public AuditEvent source(String address) {
        return new AuditEvent(
                name, outcome, userId, actorId, username, Optional.of(limited(address)), sessionId, details);
    }

    public AuditEvent session(UUID id) {
        return new AuditEvent(name, outcome, userId, actorId, username, source, Optional.of(id), details);
    }

    /** One more field; its value is written as text, at most 256 characters of it. */
    public AuditEvent detail(String field, Object value) {
        Map<String, String> more = new TreeMap<>(details);
        more.put(field, limited(value.toString()));
        return new AuditEvent(name, outcome, userId, actorId, username, source, sessionId, more);
    }

    private static String limited(String text) {
        return text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS);
    }
}
