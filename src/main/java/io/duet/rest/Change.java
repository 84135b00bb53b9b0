package io.duet.rest;

import java.util.Optional;

/**
 * One field of a {@code PATCH} body, in the manner of RFC 7396: absent leaves things as they are, {@code null} clears, a
 * value replaces.
 */
public sealed interface Change<T> {

    /** The field was absent. */
    record Keep<T>() implements Change<T> {}

    /** The field was there; empty for {@code null}. */
    record To<T>(Optional<T> value) implements Change<T> {}
}
