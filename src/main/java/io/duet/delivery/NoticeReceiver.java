package io.duet.delivery;

import io.duet.message.StoredMessage;
import io.duet.protocol.CloseCode;
import io.duet.protocol.ServerFrame;
import io.duet.tracing.Tracing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;

/** Hands the notices that reached this node to the connections they are for. Never blocks. */
final class NoticeReceiver {
    private final Connections connections;
    private final Tracing tracing;

    NoticeReceiver(Connections connections, Tracing tracing) {
        this.connections = connections;
        this.tracing = tracing;
    }

    void receive(List<Object> notices) {
        final Map<Connection, List<StoredMessage>> messages = new LinkedHashMap<>();
        final List<Runnable> delivered = new ArrayList<>(0);
        for (Object notice : notices) {
            if (notice instanceof Notice.Message message) {
                collect(message, messages, delivered);
            } else if (notice instanceof Notice known) {
                receive(known);
            }
        }
        messages.forEach((connection, offered) -> connection.link().offer(offered));
        delivered.forEach(Runnable::run);
    }

    private void collect(
            Notice.Message notice, Map<Connection, List<StoredMessage>> messages, List<Runnable> delivered) {
        final StoredMessage message = notice.message();
        for (UUID connectionId : notice.connectionIds()) {
            connections
                    .byId(connectionId)
                    .ifPresent(connection -> messages.computeIfAbsent(connection, c -> new ArrayList<>(4))
                            .add(message));
            if (notice.traceparent() != null) {
                final Tracing.Subject subject = CommittedBatches.subject(message);
                tracing.received(notice.traceparent(), subject).ifPresent(stage -> {
                    tracing.offered(stage, connectionId, subject);
                    delivered.add(stage::end);
                });
            }
        }
    }

    private void receive(Notice notice) {
        if (notice instanceof Notice.Delivered delivered) {
            delivered(delivered);
        } else if (notice instanceof Notice.Read read) {
            read(read);
        } else if (notice instanceof Notice.Presence presence) {
            final ServerFrame hint = new ServerFrame.Presence(
                    presence.userId(), presence.online(), Optional.ofNullable(presence.lastSeenAt()));
            presence.peerIds().forEach(peer -> hint(peer, hint, connection -> true));
        } else if (notice instanceof Notice.Typing typing) {
            hint(typing.peerId(), new ServerFrame.Typing(typing.conversationId(), typing.userId()), connection -> true);
        } else if (notice instanceof Notice.Displaced displaced) {
            connections
                    .byId(displaced.connectionId())
                    .ifPresent(connection -> connection.link().close(CloseCode.DISPLACED));
        } else if (notice instanceof Notice.SessionRevoked revoked) {
            unauthorized(revoked.userId(), connection -> connection.sessionId().equals(revoked.sessionId()));
        } else if (notice instanceof Notice.DeviceRemoved removed) {
            unauthorized(removed.userId(), connection -> connection.deviceId().equals(removed.deviceId()));
        }
    }

    private void delivered(Notice.Delivered notice) {
        for (int i = 0; i < notice.messageIds().size(); i++) {
            final ServerFrame hint = new ServerFrame.Delivered(
                    notice.messageIds().get(i),
                    notice.conversationId(),
                    notice.sequenceNumbers().get(i),
                    notice.deviceId(),
                    notice.acknowledgedAt());
            hint(notice.senderId(), hint, connection -> true);
        }
    }

    private void read(Notice.Read notice) {
        final ServerFrame hint = new ServerFrame.Read(
                notice.conversationId(), notice.readerId(), notice.lastReadSequence(), notice.readAt());
        hint(notice.peerId(), hint, connection -> true);
        hint(notice.readerId(), hint, connection -> !connection.connectionId().equals(notice.readerConnectionId()));
    }

    private void hint(UUID userId, ServerFrame hint, Predicate<Connection> which) {
        for (Connection connection : connections.ofUser(userId)) {
            if (which.test(connection)) {
                connection.link().hint(hint);
            }
        }
    }

    private void unauthorized(UUID userId, Predicate<Connection> which) {
        for (Connection connection : connections.ofUser(userId)) {
            if (which.test(connection)) {
                connection.link().close(CloseCode.UNAUTHORIZED);
            }
        }
    }
}
