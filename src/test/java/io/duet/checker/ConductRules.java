package io.duet.checker;

import io.duet.checker.Violation.Kind;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** How a well-behaved client is treated: no valid frame is refused for good, nobody is thrown out, hints are somebody's business. */
final class ConductRules implements Rule {

    private static final Set<String> PASSING = Set.of("unavailable", "rate_limited");
    private static final int DRAINING = 1001;
    private static final int OVERLOADED = 1013;
    private static final int DISPLACED = 4409;
    private static final int SILENT = 4408;
    private static final Duration SILENCE_AFTER_FAULT = Duration.ofSeconds(30);

    private final World world;
    private final Journal journal;
    private final Past past;
    private final Findings findings;
    private final Set<Long> probes = new HashSet<>();
    private final Set<Long> typed = new HashSet<>();
    private final Set<Integer> open = new HashSet<>();
    private long lastFaultNanos = -SILENCE_AFTER_FAULT.toNanos();

    ConductRules(World world, Journal journal, Past past, Findings findings) {
        this.world = world;
        this.journal = journal;
        this.past = past;
        this.findings = findings;
    }

    @Override
    public void on(int index, Journal.Entry entry) {
        if (entry.frame() instanceof Frame.Connect) {
            open.add(entry.connection());
        } else if (entry.frame() instanceof Frame.Closed) {
            open.remove(entry.connection());
        }
        if (entry.frame() instanceof Frame.Note) {
            lastFaultNanos = entry.nanos();
        }
        if (entry.frame() instanceof Frame.Send send && send.variant() != 0) {
            probes.add(send.key());
        } else if (entry.frame() instanceof Frame.Refused refused) {
            refused(index, entry.connection(), refused);
        } else if (entry.frame() instanceof Frame.Closed closed && !closed.byUs()) {
            closed(index, entry.nanos(), entry.connection(), closed);
        } else if (entry.frame() instanceof Frame.Unintelligible) {
            report(Kind.UNINTELLIGIBLE, -1, entry.connection(), "", index);
        } else if (entry.frame() instanceof Frame.Type type) {
            typed.add((long) world.device(deviceOf(entry.connection())).user() << 32 | type.conversation());
        } else if (entry.frame() instanceof Frame.Typing typing) {
            typing(index, entry.connection(), typing);
        } else if (entry.frame() instanceof Frame.Presence presence) {
            presence(index, entry.connection(), presence);
        }
    }

    private void refused(int index, int connection, Frame.Refused refused) {
        boolean conflict = refused.code().equals("client_message_id_conflict") && probes.contains(refused.key());
        if (!conflict && !(refused.retryable() && PASSING.contains(refused.code()))) {
            report(Kind.REFUSED, -1, connection, refused.code(), index);
        }
    }

    private void closed(int index, long nanos, int connection, Frame.Closed closed) {
        boolean fair = switch (closed.code()) {
            case 0, DRAINING, OVERLOADED -> true;
            case DISPLACED -> past.newestConnection(deviceOf(connection)) > connection;
            // A cut keeps the client's heartbeats from the server, and the close frame from the client until it is over
            case SILENT -> nanos - lastFaultNanos < SILENCE_AFTER_FAULT.toNanos();
            default -> false;
        };
        if (!fair) {
            report(Kind.WRONGLY_CLOSED, -1, connection, closed.code() + " " + closed.how(), index);
        }
    }

    private void typing(int index, int connection, Frame.Typing typing) {
        int user = world.device(deviceOf(connection)).user();
        if (typing.conversation() < 0
                || !world.conversation(typing.conversation()).has(user)
                || typing.user() == user
                || !typed.contains((long) typing.user() << 32 | typing.conversation())) {
            report(Kind.MISDELIVERED, typing.conversation(), connection, "nobody types there", index);
        }
    }

    private void presence(int index, int connection, Frame.Presence presence) {
        int user = world.device(deviceOf(connection)).user();
        boolean acquainted = presence.user() >= 0
                && world.conversationsOf(user).stream()
                        .anyMatch(conversation -> conversation.peerOf(user) == presence.user());
        if (!acquainted || presence.online() == presence.lastSeen()) {
            report(Kind.MISDELIVERED, -1, connection, "presence of a stranger, or with a wrong last_seen_at", index);
        }
    }

    @Override
    public void end() {
        for (int connection : open) {
            if (past.newestConnection(deviceOf(connection)) != connection) {
                report(Kind.NOT_DISPLACED, -1, connection, "still open beside a newer one", -1);
            }
        }
    }

    private int deviceOf(int connection) {
        return journal.connection(connection).device();
    }

    private void report(Kind kind, int conversation, int connection, String what, int index) {
        findings.add(kind, conversation, -1, deviceOf(connection), connection, what, index);
    }
}
