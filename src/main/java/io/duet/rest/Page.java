package io.duet.rest;

import java.util.List;

/**
 * One page of a list, as it is sent.
 *
 * @param nextCursor where the next page begins; null (and sent as null) on the last one
 */
public record Page<T>(List<T> items, String nextCursor) {
    public Page {
        items = List.copyOf(items);
    }

    /** The last page of a list, or a list that has only one. */
    public static <T> Page<T> last(List<T> items) {
        return new Page<>(items, null);
    }
}
