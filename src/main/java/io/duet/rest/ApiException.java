package io.duet.rest;

import io.duet.protocol.ErrorCode;
import java.time.Duration;
import java.util.Optional;

/**
 * A REST call is refused: thrown anywhere below a resource, it becomes a problem detail ({@code application/problem+json},
 * RFC 9457) with this code. Carries no stack trace, as a refusal is an answer and not a fault.
 */
public final class ApiException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final ErrorCode code;
    private final int status;
    private final transient Duration retryAfter;

    /**
     * Refuses with the status that belongs to the code.
     *
     * @param message for a developer, sent to the client as {@code detail}: no internals, nothing secret
     */
    public ApiException(ErrorCode code, String message) {
        this(code.httpStatus(), code, message);
    }

    /**
     * Refuses with a more exact status, for example 409 with {@code bad_request}.
     *
     * @param status 400 to 599
     */
    public ApiException(int status, ErrorCode code, String message) {
        this(status, code, message, null);
    }

    private ApiException(int status, ErrorCode code, String message, Duration retryAfter) {
        super(message, null, false, false);
        this.code = code;
        this.status = status;
        this.retryAfter = retryAfter;
    }

    /** The same, with a {@code Retry-After} header of whole seconds, rounded up. */
    public ApiException retryAfter(Duration delay) {
        return new ApiException(status, code, getMessage(), delay);
    }

    /** The code that the client gets. */
    public ErrorCode code() {
        return code;
    }

    /** The HTTP status that the client gets. */
    public int status() {
        return status;
    }

    /** When a retry makes sense, if that is known. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
