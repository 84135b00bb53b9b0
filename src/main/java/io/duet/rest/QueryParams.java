package io.duet.rest;

import io.duet.protocol.ErrorCode;
import io.duet.protocol.Identifier;
import io.duet.protocol.UnicodeText;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.UriInfo;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;

/**
 * The query parameters of one request, read strictly: what is there must be right, what is unknown is ignored. Every
 * method throws {@link ApiException} {@code bad_request} for a parameter that stands there twice, is empty or malformed.
 * For the thread of the request.
 */
public final class QueryParams {

    private static final long MAX_SEQUENCE = (1L << 53) - 1;
    private static final int MAX_SEQUENCE_DIGITS = 16;

    private final MultivaluedMap<String, String> values;

    private QueryParams(MultivaluedMap<String, String> values) {
        this.values = values;
    }

    /** The parameters of a request, already URL-decoded. */
    public static QueryParams of(UriInfo uri) {
        return new QueryParams(uri.getQueryParameters());
    }

    static QueryParams of(MultivaluedMap<String, String> values) {
        return new QueryParams(values);
    }

    /** {@code limit} and {@code cursor}; see {@link #limit} for the bounds. */
    public PageRequest page(int defaultLimit, int maxLimit) {
        return new PageRequest(limit(defaultLimit, maxLimit), text("cursor"));
    }

    /**
     * {@code limit}: an integer from 1 to 2^31−1; what is above {@code maxLimit} is capped to it.
     *
     * @param defaultLimit when the client names none
     */
    public int limit(int defaultLimit, int maxLimit) {
        final OptionalLong given = integer("limit");
        if (given.isEmpty()) {
            return defaultLimit;
        }
        if (given.getAsLong() < 1 || given.getAsLong() > Integer.MAX_VALUE) {
            throw refused("limit must be an integer from 1 to " + Integer.MAX_VALUE);
        }
        return (int) Math.min(given.getAsLong(), maxLimit);
    }

    /** A sequence number: an integer from 0 to 2^53−1; empty when absent. */
    public OptionalLong sequence(String name) {
        return integer(name);
    }

    /** {@code true} or {@code false}; false when absent. */
    public boolean flag(String name) {
        final String text = text(name).orElse("false");
        if (!text.equals("true") && !text.equals("false")) {
            throw refused(name + " must be true or false");
        }
        return text.equals("true");
    }

    /** An identifier; empty when absent. */
    public Optional<UUID> uuid(String name) {
        return text(name).map(text -> uuid(name, text));
    }

    /** A list of identifiers separated by commas, in the given order and each once; at least one and at most {@code max}. */
    public Set<UUID> uuids(String name, int max) {
        final String text = text(name).orElseThrow(() -> refused(name + " is missing"));
        final List<String> parts = List.of(text.split(",", -1));
        if (parts.size() > max) {
            throw refused(name + " holds more than " + max + " identifiers");
        }
        final Set<UUID> ids = new LinkedHashSet<>();
        parts.forEach(part -> ids.add(uuid(name, part)));
        return ids;
    }

    /** Any non-empty text that can be stored; empty when absent. */
    public Optional<String> text(String name) {
        final List<String> given = values.get(name);
        if (given == null || given.isEmpty()) {
            return Optional.empty();
        }
        if (given.size() > 1) {
            throw refused(name + " is there more than once");
        }
        final String text = given.get(0);
        if (text == null || text.isEmpty()) {
            throw refused(name + " is empty");
        }
        if (!UnicodeText.isStorable(text)) {
            throw refused(name + " holds U+0000 or an unpaired surrogate");
        }
        return Optional.of(text);
    }

    private OptionalLong integer(String name) {
        final Optional<String> text = text(name);
        if (text.isEmpty()) {
            return OptionalLong.empty();
        }
        final String digits = text.get();
        if (digits.length() > MAX_SEQUENCE_DIGITS || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw refused(name + " must be an integer from 0 to " + MAX_SEQUENCE);
        }
        final long value = Long.parseLong(digits);
        if (value > MAX_SEQUENCE) {
            throw refused(name + " must be an integer from 0 to " + MAX_SEQUENCE);
        }
        return OptionalLong.of(value);
    }

    private static UUID uuid(String name, String text) {
        return Identifier.parse(text).orElseThrow(() -> refused(name + " must be a UUID in lower case"));
    }

    private static ApiException refused(String message) {
        return new ApiException(ErrorCode.BAD_REQUEST, message);
    }
}
