package io.duet.socket;

import io.duet.conversation.ReadOutcome;
import io.duet.delivery.AuthenticateOutcome;
import io.duet.delivery.Connection;
import io.duet.delivery.Delivery;
import io.duet.delivery.SendOutcome;
import io.duet.delivery.SyncOutcome;
import io.duet.message.AckOutcome;
import io.duet.message.AppendOutcome;
import io.duet.message.Owed;
import io.duet.message.Position;
import io.duet.message.StoredMessage;
import io.duet.protocol.ClientFrame;
import io.duet.protocol.CloseCode;
import io.duet.protocol.ErrorCode;
import io.duet.protocol.ServerFrame;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers the frames of a device that is connected. One thread at a time brings them; the answers come by others. Nothing waits:
 * when the client has too many sends outstanding this is {@link #full}, and the client is not read until one is answered.
 */
final class Conversing {
    /** An answer to {@code sync} ends early when it has so many characters: the client asks for the rest. */
    private static final int SYNC_CHARACTERS = 1_000_000;

    private static final int RETRY_MILLIS = 1000;

    private final LiveConnections all;
    private final Delivery delivery;
    private final Connection connection;
    private final OutboundQueue outbound;
    private final MessageStream stream;
    private final Runnable readOn;
    private final Runnable firstPageRead;
    private final AtomicInteger outstandingSends = new AtomicInteger();

    /**
     * @param readOn is run when this is {@link #full} no more
     * @param firstPageRead is run when the inbox has been read for the first time, or could not be; and perhaps again later
     */
    Conversing(
            LiveConnections all,
            Connection connection,
            OutboundQueue outbound,
            Runnable readOn,
            Runnable firstPageRead) {
        this.all = all;
        this.delivery = all.delivery();
        this.connection = connection;
        this.outbound = outbound;
        this.readOn = readOn;
        this.firstPageRead = firstPageRead;
        this.stream = new MessageStream(
                new Inbox(),
                all.config().limits().inFlight(),
                all.streamMetrics(),
                message -> outbound.send(newMessage(message)),
                () -> outbound.send(new ServerFrame.CaughtUp()));
    }

    /** The device said at {@code connect} that it has everything of these conversations up to there. */
    void holds(Map<UUID, Long> lastSequences) {
        lastSequences.forEach(stream::has);
    }

    void start() {
        stream.start();
    }

    void end() {
        stream.close();
        delivery.disconnect(connection);
    }

    Instant expiresAt() {
        return connection.expiresAt();
    }

    void answer(ClientFrame frame) {
        if (frame instanceof ClientFrame.SendMessage send) {
            send(send);
        } else if (frame instanceof ClientFrame.Ack ack) {
            acknowledge(ack);
        } else if (frame instanceof ClientFrame.ReadReceipt receipt) {
            delivery.read(connection, receipt).thenAccept(outcome -> answerRead(receipt, outcome));
        } else if (frame instanceof ClientFrame.Sync sync) {
            delivery.sync(connection, sync, stream.passed(sync.conversationId()))
                    .thenAccept(outcome -> answerSync(sync, outcome));
        } else if (frame instanceof ClientFrame.Typing typing) {
            delivery.typing(connection, typing).thenAccept(known -> {
                if (!known) {
                    error(typing, ErrorCode.NOT_FOUND, "no such conversation of yours");
                }
            });
        } else if (frame instanceof ClientFrame.Authenticate authenticate) {
            delivery.authenticate(connection, authenticate.token())
                    .thenAccept(outcome -> answerAuthenticate(authenticate, outcome));
        } else if (frame instanceof ClientFrame.Ping) {
            outbound.send(new ServerFrame.Pong(all.clock().instant()));
        }
    }

    /** Whether no more frames may be brought now. */
    boolean full() {
        return outstandingSends.get() >= all.config().limits().outstandingSends();
    }

    /** These messages are for this device, as far as its inbox says so too. */
    void offer(List<StoredMessage> messages) {
        outbound.together(() -> stream.offer(messages));
    }

    private void send(ClientFrame.SendMessage frame) {
        outstandingSends.incrementAndGet();
        delivery.send(connection, frame).whenComplete((outcome, failure) -> {
            if (failure == null) {
                answerSend(frame, outcome);
            } else {
                error(frame, ErrorCode.UNAVAILABLE, "storage cannot serve now");
            }
            outstandingSends.decrementAndGet();
            readOn.run();
        });
    }

    private void answerSend(ClientFrame.SendMessage frame, SendOutcome outcome) {
        if (outcome instanceof SendOutcome.RateLimited limited) {
            refuse(ServerFrame.Error.of(frame, ErrorCode.RATE_LIMITED, "too many messages")
                    .retryAfter(limited.retryAfter()));
        } else if (outcome instanceof SendOutcome.Answered answered) {
            answerAppend(frame, answered.outcome());
        }
    }

    private void answerAppend(ClientFrame.SendMessage frame, AppendOutcome outcome) {
        if (outcome instanceof AppendOutcome.Stored stored) {
            final StoredMessage message = stored.message();
            if (!stored.duplicate()) {
                stream.own(message.conversationId(), message.sequenceNumber());
            }
            outbound.send(new ServerFrame.Sent(
                    message.clientMessageId(),
                    message.messageId(),
                    message.conversationId(),
                    message.sequenceNumber(),
                    message.createdAt(),
                    stored.duplicate()));
        } else if (outcome instanceof AppendOutcome.ContentConflict) {
            error(frame, ErrorCode.CLIENT_MESSAGE_ID_CONFLICT, "this client_message_id was used for other content");
        } else if (outcome instanceof AppendOutcome.UnknownConversation) {
            error(frame, ErrorCode.NOT_FOUND, "no such conversation of yours");
        } else if (outcome instanceof AppendOutcome.Unavailable unavailable) {
            unavailable(frame, unavailable.retryAfter());
        }
    }

    private void acknowledge(ClientFrame.Ack frame) {
        if (frame instanceof ClientFrame.AckUpTo upTo) {
            outbound.together(() -> stream.acknowledged(upTo.conversationId(), upTo.sequenceNumber()));
        } else if (frame instanceof ClientFrame.AckMessage one) {
            stream.acknowledged(one.messageId());
        }
        delivery.acknowledge(connection, frame).thenAccept(outcome -> answerAck(frame, outcome));
    }

    private void answerAck(ClientFrame.Ack frame, AckOutcome outcome) {
        if (outcome instanceof AckOutcome.Delivered && frame instanceof ClientFrame.AckUpTo upTo) {
            stream.has(upTo.conversationId(), upTo.sequenceNumber());
        } else if (outcome instanceof AckOutcome.NotFound) {
            error(frame, ErrorCode.NOT_FOUND, "no such conversation or message of yours");
        } else if (outcome instanceof AckOutcome.BeyondHead) {
            error(frame, ErrorCode.SEQUENCE_OUT_OF_RANGE, "sequence_number has not been given out yet");
        } else if (outcome instanceof AckOutcome.Unavailable unavailable) {
            unavailable(frame, unavailable.retryAfter());
        }
    }

    private void answerRead(ClientFrame.ReadReceipt frame, ReadOutcome outcome) {
        if (outcome instanceof ReadOutcome.NotFound) {
            error(frame, ErrorCode.NOT_FOUND, "no such conversation of yours");
        } else if (outcome instanceof ReadOutcome.BeyondHead) {
            error(frame, ErrorCode.SEQUENCE_OUT_OF_RANGE, "last_read_sequence has not been given out yet");
        } else if (outcome instanceof ReadOutcome.Unavailable unavailable) {
            unavailable(frame, unavailable.retryAfter());
        }
    }

    private void answerSync(ClientFrame.Sync frame, SyncOutcome outcome) {
        if (outcome instanceof SyncOutcome.Range range) {
            outbound.together(() -> sendRange(frame, range));
        } else if (outcome instanceof SyncOutcome.NotFound) {
            error(frame, ErrorCode.NOT_FOUND, "no such conversation of yours");
        } else if (outcome instanceof SyncOutcome.Unavailable) {
            error(frame, ErrorCode.UNAVAILABLE, "storage cannot serve now");
        }
    }

    private void sendRange(ClientFrame.Sync frame, SyncOutcome.Range range) {
        long upTo = frame.afterSequence();
        int characters = 0;
        boolean cut = false;
        for (StoredMessage message : range.messages()) {
            if (characters > SYNC_CHARACTERS) {
                cut = true;
                break;
            }
            outbound.send(newMessage(message));
            characters += message.content().length();
            upTo = message.sequenceNumber();
        }
        if (range.nothingPendingBefore() && upTo > frame.afterSequence()) {
            stream.has(frame.conversationId(), upTo);
        }
        outbound.send(new ServerFrame.Synced(frame.conversationId(), upTo, cut || range.hasMore()));
    }

    private void answerAuthenticate(ClientFrame.Authenticate frame, AuthenticateOutcome outcome) {
        if (outcome instanceof AuthenticateOutcome.Authenticated authenticated) {
            outbound.send(new ServerFrame.Authenticated(authenticated.expiresAt()));
        } else if (outcome instanceof AuthenticateOutcome.Unauthorized) {
            error(frame, ErrorCode.UNAUTHORIZED, "not a valid token of this user");
        } else if (outcome instanceof AuthenticateOutcome.Unavailable) {
            error(frame, ErrorCode.UNAVAILABLE, "the token cannot be judged now");
        }
    }

    private void error(ClientFrame frame, ErrorCode code, String message) {
        refuse(ServerFrame.Error.of(frame, code, message));
    }

    private void unavailable(ClientFrame frame, Duration retryAfter) {
        refuse(ServerFrame.Error.of(frame, ErrorCode.UNAVAILABLE, "storage cannot serve now")
                .retryAfter(retryAfter));
    }

    private void refuse(ServerFrame.Error error) {
        all.metrics().refused(error);
        outbound.send(error);
    }

    private ServerFrame.NewMessage newMessage(StoredMessage message) {
        return new ServerFrame.NewMessage(
                message.messageId(),
                message.conversationId(),
                message.senderId(),
                message.content(),
                message.sequenceNumber(),
                message.createdAt(),
                message.senderId().equals(connection.userId())
                        ? Optional.of(message.clientMessageId())
                        : Optional.empty());
    }

    /** The inbox of this device, as the stream reads it. */
    private final class Inbox implements MessageStream.Source {
        @Override
        public CompletionStage<List<StoredMessage>> pending(Position after, int limit) {
            final CompletionStage<List<StoredMessage>> page = together(delivery.pending(connection, after, limit));
            page.whenComplete((messages, failure) -> firstPageRead.run());
            return page;
        }

        @Override
        public CompletionStage<Owed> owed(UUID conversationId, long after, int limit) {
            return together(delivery.owed(connection, conversationId, after, limit));
        }

        /** What the stream makes of the answer goes out together. */
        private <T> CompletionStage<T> together(CompletionStage<T> answer) {
            final CompletableFuture<T> taken = new CompletableFuture<>();
            answer.whenComplete((messages, failure) -> outbound.together(() -> {
                if (failure == null) {
                    taken.complete(messages);
                } else {
                    taken.completeExceptionally(failure);
                }
            }));
            return taken;
        }

        @Override
        public void retryLater(Runnable again) {
            try {
                all.scheduler()
                        .schedule(
                                () -> all.work().execute(again),
                                RETRY_MILLIS + ThreadLocalRandom.current().nextInt(RETRY_MILLIS),
                                TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException stopping) {
                outbound.closeNow(CloseCode.DRAINING.code(), CloseCode.DRAINING.reason());
            }
        }
    }
}
