package io.duet.checker;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What REST says when everything rests.
 *
 * @param pages per conversation its whole history as each of the two read it: of {@code one} ascending, of {@code other}
 *     newest first and then turned round
 * @param views per conversation and user
 * @param statuses of some messages
 */
record Truth(Map<Integer, Pages> pages, Map<Integer, Map<Integer, Frame.View>> views, Map<UUID, Status> statuses) {

    record Pages(List<Frame.Message> ofOne, List<Frame.Message> ofOther) {

        /** Each message with its key, which only its sender sees. */
        Map<Long, Frame.Message> rows() {
            Map<Long, Frame.Message> rows = new HashMap<>();
            for (List<Frame.Message> page : List.of(ofOne, ofOther)) {
                for (Frame.Message message : page) {
                    rows.merge(message.sequence(), message, (known, other) -> known.key() == 0 ? other : known);
                }
            }
            return rows;
        }
    }

    /** Per device whether it is {@code delivered} to it. */
    record Status(int conversation, long sequence, boolean read, Map<Integer, Boolean> devices) {}

    static Truth none() {
        return new Truth(new HashMap<>(), new HashMap<>(), new HashMap<>());
    }
}
