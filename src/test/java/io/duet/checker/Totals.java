package io.duet.checker;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/** Adds up what a journal holds. */
final class Totals {

    private static final long LONGEST_MICROS = 3_600_000_000L;
    private static final int DRAINING = 1001;
    /** Of a connection whose device has had another one since; no loss. */
    private static final int DISPLACED = 4409;

    private static final Pattern DELAY = Pattern.compile("\"reconnect_delay\":([0-9.]+)");

    private final Journal journal;
    private final Map<String, Object> totals = new LinkedHashMap<>();
    private final Map<Long, Long> firstSend = new HashMap<>();
    private final Map<Integer, Long> lostAt = new HashMap<>();
    private final Map<Integer, Long> drainedUntil = new HashMap<>();
    private final Set<Long> answered = new HashSet<>();
    private final Map<String, Integer> closes = new TreeMap<>();
    private final Map<String, Integer> errors = new TreeMap<>();
    private final Histogram sendToSent = new Histogram(LONGEST_MICROS, 3);
    private final Histogram backIn = new Histogram(LONGEST_MICROS, 3);
    private final Histogram backAfterDrain = new Histogram(LONGEST_MICROS, 3);
    private long attempts;
    private long received;
    private long acknowledgements;
    private long delivered;
    private long duplicates;
    private long faults;
    private long abandoned;

    private Totals(Journal journal) {
        this.journal = journal;
    }

    static Map<String, Object> of(World world, Journal journal, Truth truth) {
        Totals totals = new Totals(journal);
        journal.entries().forEach(totals::count);
        return totals.put(world, truth);
    }

    private void count(Journal.Entry entry) {
        Frame frame = entry.frame();
        if (frame instanceof Frame.Send send) {
            attempts++;
            firstSend.putIfAbsent(send.key(), entry.nanos());
        } else if (frame instanceof Frame.Sent sent) {
            duplicates += sent.duplicate() ? 1 : 0;
            if (answered.add(sent.key()) && firstSend.containsKey(sent.key())) {
                sendToSent.recordValue((entry.nanos() - firstSend.get(sent.key())) / 1000);
            }
        } else if (frame instanceof Frame.NewMessage) {
            received++;
        } else if (frame instanceof Frame.AckUpTo || frame instanceof Frame.AckOne) {
            acknowledgements++;
        } else if (frame instanceof Frame.Delivered) {
            delivered++;
        } else if (frame instanceof Frame.Abandoned) {
            abandoned++;
        } else if (frame instanceof Frame.Note) {
            faults++;
        } else if (frame instanceof Frame.Refused refused) {
            errors.merge(refused.code(), 1, Integer::sum);
        } else if (frame instanceof Frame.Closed closed && !closed.byUs()) {
            closes.merge(closed.code() == 0 ? "without close frame" : Integer.toString(closed.code()), 1, Integer::sum);
            if (closed.code() != DISPLACED) {
                lostAt.putIfAbsent(journal.connection(entry.connection()).device(), entry.nanos());
            }
            reconnectDelay(closed)
                    .ifPresent(seconds -> drainedUntil.put(
                            journal.connection(entry.connection()).device(), entry.nanos() + (long) (seconds * 1e9)));
        } else if (frame instanceof Frame.Closed) {
            lostAt.remove(journal.connection(entry.connection()).device());
            drainedUntil.remove(journal.connection(entry.connection()).device());
        } else if (frame instanceof Frame.CaughtUp) {
            Long drained =
                    drainedUntil.remove(journal.connection(entry.connection()).device());
            if (drained != null) {
                backAfterDrain.recordValue(Math.max(0, entry.nanos() - drained) / 1000);
            }
            Long since = lostAt.remove(journal.connection(entry.connection()).device());
            if (since != null) {
                backIn.recordValue((entry.nanos() - since) / 1000);
            }
        }
    }

    private static Optional<Double> reconnectDelay(Frame.Closed closed) {
        Matcher matcher = DELAY.matcher(closed.how());
        return closed.code() == DRAINING && matcher.find()
                ? Optional.of(Double.valueOf(matcher.group(1)))
                : Optional.empty();
    }

    private Map<String, Object> put(World world, Truth truth) {
        totals.put("people", world.users().size());
        totals.put("devices", world.devices().size());
        totals.put("conversations", world.conversations().size());
        totals.put(
                "messages stored",
                truth.pages().values().stream()
                        .mapToLong(pages -> pages.ofOne().size())
                        .sum());
        totals.put("messages sent", firstSend.size());
        totals.put("attempts to send", attempts);
        totals.put("answered as duplicate", duplicates);
        totals.put("given up without answer", abandoned);
        totals.put("messages received", received);
        totals.put("acknowledgements", acknowledgements);
        totals.put("delivered", delivered);
        totals.put("statuses read", truth.statuses().size());
        totals.put("connections", journal.connectionCount());
        totals.put("closed by the server", closes);
        totals.put("errors", errors);
        totals.put(
                "errors seen",
                errors.entrySet().stream()
                        .filter(error -> !error.getKey().equals("client_message_id_conflict"))
                        .mapToInt(Map.Entry::getValue)
                        .sum());
        totals.put("faults begun and ended", faults);
        totals.put("frames", journal.entries().size());
        totals.put("send to sent p50 ms", sendToSent.getValueAtPercentile(50) / 1000.0);
        totals.put("send to sent p99 ms", sendToSent.getValueAtPercentile(99) / 1000.0);
        totals.put("send to sent max ms", sendToSent.getMaxValue() / 1000.0);
        totals.put("back after a loss p50 ms", backIn.getValueAtPercentile(50) / 1000.0);
        totals.put("back after a loss max ms", backIn.getMaxValue() / 1000.0);
        totals.put("after a drain's delay max ms", backAfterDrain.getMaxValue() / 1000.0);
        return totals;
    }
}
