package io.duet.socket;

import io.duet.message.Owed;
import io.duet.message.Position;
import io.duet.message.StoredMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Which message goes out on a connection, and when: ascending in each conversation without a gap, none twice, and no more
 * than a window of them unacknowledged.
 *
 * <p>It is either catching up — reading the inbox page by page, as acknowledgements make room — or live, when notices bring
 * the messages. A notice that leaves a hole, or is the first of its conversation here, makes it ask the log what is owed; one that finds no room in flight makes it catch up again. All that is kept is bounded by twice the window, and one small
 * entry for each conversation.
 *
 * <p>Safe for all threads; nothing blocks.
 */
final class MessageStream {
    private static final int PAGE = 256;
    /** Most devices have little waiting; short first pages of many are read together. */
    private static final int FIRST_PAGE = 64;

    private final Source source;
    private final int window;
    private final StreamMetrics metrics;
    private final Consumer<StoredMessage> out;
    private final Runnable caughtUp;
    private final Map<UUID, ConversationFlow> flows = new HashMap<>();
    private final Map<UUID, InFlight> inFlight = new HashMap<>();
    private final Deque<StoredMessage> backlog = new ArrayDeque<>();
    private final List<StoredMessage> arrivedMeanwhile = new ArrayList<>();
    /** Conversations with messages that wait since now, and about which nothing has been asked yet. */
    private final Set<UUID> holes = new LinkedHashSet<>();

    private Mode mode = Mode.STARTING;
    private Position cursor = Position.START;
    private boolean firstPass = true;
    private boolean lastPage;
    private boolean fetching;
    private boolean missed;
    private int waiting;

    private enum Mode {
        STARTING,
        CATCHING_UP,
        LIVE,
        CLOSED
    }

    /** Where messages are read from. A stage that fails is asked again by {@link #retry}. */
    interface Source {
        /** A page of the inbox. */
        CompletionStage<List<StoredMessage>> pending(Position after, int limit);

        /** What the log owes this device of one conversation above that. */
        CompletionStage<Owed> owed(UUID conversationId, long after, int limit);

        /** Run this again after a while, since reading failed. */
        void retryLater(Runnable again);
    }

    private record InFlight(Position position, long sentNanos) {}

    MessageStream(Source source, int window, StreamMetrics metrics, Consumer<StoredMessage> out, Runnable caughtUp) {
        this.source = source;
        this.window = window;
        this.metrics = metrics;
        this.out = out;
        this.caughtUp = caughtUp;
    }

    /** Begins with the backlog; what is offered before waits. */
    synchronized void start() {
        if (mode == Mode.STARTING) {
            catchUp();
        }
    }

    /** Nothing goes out any more. */
    synchronized void close() {
        mode = Mode.CLOSED;
        metrics.redelivered(inFlight.size());
        flows.clear();
        inFlight.clear();
        backlog.clear();
        arrivedMeanwhile.clear();
        holes.clear();
    }

    /** A notice brought these. */
    synchronized void offer(List<StoredMessage> messages) {
        for (StoredMessage message : messages) {
            if (mode == Mode.LIVE) {
                accept(message);
            } else if (mode != Mode.CLOSED) {
                keepForLater(message);
            }
        }
        askAboutHoles();
    }

    private void keepForLater(StoredMessage message) {
        if (arrivedMeanwhile.size() < window) {
            arrivedMeanwhile.add(message);
        } else {
            missed = true;
        }
    }

    /** This connection wrote that message, so it will not come as one. */
    synchronized void own(UUID conversationId, long sequenceNumber) {
        if (mode != Mode.CLOSED) {
            final ConversationFlow flow = flow(conversationId);
            flow.own(sequenceNumber);
            release(conversationId, flow);
        }
    }

    /** How far the conversation has got on this connection; 0 for not at all. */
    synchronized long passed(UUID conversationId) {
        final ConversationFlow flow = flows.get(conversationId);
        return flow == null ? 0 : flow.passed();
    }

    /** The device has everything up to here, by {@code sync} or because it says so: none of it goes out any more. */
    synchronized void has(UUID conversationId, long upToSequence) {
        if (mode != Mode.CLOSED) {
            final ConversationFlow flow = flow(conversationId);
            flow.pass(upToSequence);
            release(conversationId, flow);
        }
    }

    /** The device has everything of the conversation up to here. */
    synchronized void acknowledged(UUID conversationId, long upToSequence) {
        final ConversationFlow flow = flows.get(conversationId);
        if (flow != null) {
            final long now = System.nanoTime();
            flow.acknowledge(upToSequence).forEach(messageId -> landed(inFlight.remove(messageId), now));
            pump();
        }
    }

    /** The device has this message. */
    synchronized void acknowledged(UUID messageId) {
        final InFlight landing = inFlight.remove(messageId);
        if (landing != null) {
            landed(landing, System.nanoTime());
            final Position position = landing.position();
            flows.get(position.conversationId()).acknowledgeOne(position.sequenceNumber());
            pump();
        }
    }

    private void landed(InFlight message, long nowNanos) {
        if (message != null) {
            metrics.acknowledged(message.sentNanos(), nowNanos);
        }
    }

    private ConversationFlow flow(UUID conversationId) {
        return flows.computeIfAbsent(conversationId, c -> new ConversationFlow());
    }

    private boolean full() {
        return inFlight.size() >= window;
    }

    private void catchUp() {
        mode = Mode.CATCHING_UP;
        missed = false;
        lastPage = false;
        cursor = Position.START;
        pump();
    }

    /** Sends what there is room for, then reads on. */
    private void pump() {
        if (mode != Mode.CATCHING_UP) {
            return;
        }
        while (!backlog.isEmpty() && !full()) {
            fromBacklog(backlog.poll());
        }
        askAboutHoles();
        if (!backlog.isEmpty() || fetching) {
            return;
        }
        if (lastPage) {
            passOver();
        } else if (!full()) {
            fetch();
        }
    }

    /** The first pass reads the log, in which nothing is missing; a later one may read a window, as good as notices. */
    private void fromBacklog(StoredMessage message) {
        final ConversationFlow flow = flow(message.conversationId());
        if (flow.hasPassed(message.sequenceNumber())) {
            return;
        }
        if (firstPass) {
            go(flow, message);
        } else {
            goOrAsk(flow, message);
        }
    }

    private void fetch() {
        fetching = true;
        final int limit = cursor.equals(Position.START) ? FIRST_PAGE : PAGE;
        source.pending(cursor, limit).whenComplete((page, failure) -> fetched(page, limit, failure));
    }

    private synchronized void fetched(List<StoredMessage> page, int limit, Throwable failure) {
        fetching = false;
        if (mode == Mode.CLOSED) {
            return;
        }
        if (failure != null) {
            source.retryLater(this::resume);
            return;
        }
        backlog.addAll(page);
        lastPage = page.size() < limit;
        if (!page.isEmpty()) {
            cursor = Position.of(page.get(page.size() - 1));
        }
        pump();
    }

    private synchronized void resume() {
        pump();
    }

    private void passOver() {
        if (firstPass) {
            firstPass = false;
            caughtUp.run();
        }
        if (missed) {
            arrivedMeanwhile.clear();
            catchUp();
            return;
        }
        mode = Mode.LIVE;
        final List<StoredMessage> arrived = List.copyOf(arrivedMeanwhile);
        arrivedMeanwhile.clear();
        offer(arrived);
    }

    private void accept(StoredMessage message) {
        final ConversationFlow flow = flow(message.conversationId());
        if (flow.hasPassed(message.sequenceNumber())) {
            metrics.suppressed();
            return;
        }
        if (full()) {
            catchUp();
            return;
        }
        goOrAsk(flow, message);
    }

    private void goOrAsk(ConversationFlow flow, StoredMessage message) {
        if (flow.isNext(message.sequenceNumber()) && !flow.filling()) {
            go(flow, message);
            release(message.conversationId(), flow);
            return;
        }
        if (waiting >= window) {
            readAgain();
            return;
        }
        if (flow.await(message)) {
            waiting++;
        }
        holes.add(message.conversationId());
    }

    /** One question for all that has come of a conversation at once. */
    private void askAboutHoles() {
        final List<UUID> conversationIds = List.copyOf(holes);
        holes.clear();
        for (UUID conversationId : conversationIds) {
            final ConversationFlow flow = flow(conversationId);
            if (flow.hasWaiting()) {
                ask(conversationId, flow);
            }
        }
    }

    private void go(ConversationFlow flow, StoredMessage message) {
        flow.sent(message);
        inFlight.put(message.messageId(), new InFlight(Position.of(message), System.nanoTime()));
        metrics.delivered();
        out.accept(message);
    }

    /** Sends what waited for a hole that is closed now, and asks about the next hole. */
    private void release(UUID conversationId, ConversationFlow flow) {
        while (flow.hasWaiting() && !flow.filling()) {
            final long first = flow.firstWaiting();
            if (flow.hasPassed(first)) {
                flow.takeFirstWaiting();
                waiting--;
            } else if (!flow.isNext(first)) {
                ask(conversationId, flow);
                return;
            } else if (full()) {
                readAgain();
                return;
            } else {
                waiting--;
                go(flow, flow.takeFirstWaiting());
            }
        }
    }

    /** There is no room for what waits: it is read from the inbox again when there is. */
    private void readAgain() {
        flows.values().forEach(flow -> waiting -= flow.clearWaiting());
        if (mode == Mode.LIVE) {
            catchUp();
        } else {
            missed = true;
        }
    }

    private void ask(UUID conversationId, ConversationFlow flow) {
        if (flow.filling()) {
            return;
        }
        flow.filling(true);
        source.owed(conversationId, flow.passed(), PAGE)
                .whenComplete((owed, failure) -> answered(conversationId, owed, failure));
    }

    private synchronized void answered(UUID conversationId, Owed owed, Throwable failure) {
        if (mode == Mode.CLOSED) {
            return;
        }
        final ConversationFlow flow = flow(conversationId);
        flow.filling(false);
        if (failure != null) {
            source.retryLater(() -> askAgain(conversationId));
            return;
        }
        if (flow.hasWaiting()
                && owed.messages().stream().anyMatch(message -> message.sequenceNumber() < flow.firstWaiting())) {
            metrics.gapFilled();
        }
        for (StoredMessage message : owed.messages()) {
            if (full()) {
                readAgain();
                return;
            }
            if (!flow.hasPassed(message.sequenceNumber())) {
                go(flow, message);
            }
        }
        if (owed.messages().size() < PAGE) {
            flow.checked(owed.head());
        }
        release(conversationId, flow);
    }

    private synchronized void askAgain(UUID conversationId) {
        if (mode != Mode.CLOSED) {
            release(conversationId, flow(conversationId));
        }
    }
}
