package io.duet.checker;

import java.util.Map;
import java.util.regex.Pattern;

/** Lies about REST that keep the length of the answer. */
final class RestLies {

    private static final Pattern UNREAD = Pattern.compile("(\"unread_count\":\\d*)(\\d)");
    private static final Pattern DELIVERED = Pattern.compile("(\"peer_delivered_sequence\":\\d*)(\\d)");
    private static final String OFFLINE = "\"online\":false";
    private static final String ONLINE = "\"online\": true";
    private static final String FIFTH = "\"sequence_number\":5,";
    private static final String SIXTH = "\"sequence_number\":6,";

    private final Lies.Memory memory;

    RestLies(Lies.Memory memory) {
        this.memory = memory;
    }

    String instead(String part) {
        String lie = otherDigit(UNREAD, otherDigit(DELIVERED, part));
        return renumbered(lie.replace(OFFLINE, ONLINE));
    }

    private static String otherDigit(Pattern pattern, String part) {
        return pattern.matcher(part)
                .replaceAll(match -> match.group(1) + (match.group(2).charAt(0) - '0' + 1) % 10);
    }

    /** One message of all has another number than it had. */
    private String renumbered(String part) {
        if (memory.renumbered == null) {
            memory.renumbered = memory.messages.entrySet().stream()
                    .filter(message -> message.getValue().get("sequence_number").asLong() == 5)
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse("none");
        }
        int row = part.indexOf("\"" + memory.renumbered + "\"");
        int number = row < 0 ? -1 : part.indexOf(FIFTH, row);
        return number < 0 ? part : part.substring(0, number) + SIXTH + part.substring(number + FIFTH.length());
    }
}
