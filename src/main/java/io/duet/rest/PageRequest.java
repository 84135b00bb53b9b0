package io.duet.rest;

import java.util.Optional;

/**
 * Which page of a list a client asks for.
 *
 * @param limit at least 1, at most the maximum of the list
 * @param cursor as the client sent it; {@link Cursor#decode} judges it. Empty for the first page
 */
public record PageRequest(int limit, Optional<String> cursor) {

    /** The position that this page begins after, or empty for the first page; see {@link Cursor#decode}. */
    public Optional<Cursor> after(String list, int keys) {
        return cursor.map(text -> Cursor.decode(text, list, keys));
    }
}
