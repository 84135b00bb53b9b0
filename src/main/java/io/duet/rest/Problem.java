package io.duet.rest;

import io.duet.platform.DatabaseException;
import io.duet.protocol.ErrorCode;
import jakarta.ws.rs.WebApplicationException;
import java.util.Optional;

/**
 * A problem detail (RFC 9457). {@code type} is always {@code about:blank}, so {@code title} is the phrase of the status;
 * {@code code} is this protocol's extension member.
 */
record Problem(String type, String title, int status, String detail, String code) {

    static final String MEDIA_TYPE = "application/problem+json";

    private static final int MAX_CAUSES = 16;

    static Problem of(int status, ErrorCode code, String detail) {
        return new Problem("about:blank", title(status), status, detail, code.wireName());
    }

    /**
     * What to tell a client about {@code failure}, or empty when it is a fault of ours. A refusal may come wrapped: by a
     * {@code CompletionStage}, or by the server when it came out of a reader or a parameter.
     */
    static Optional<ApiException> refusal(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            if (cause instanceof ApiException refusal) {
                return Optional.of(refusal);
            }
            if (cause instanceof DatabaseException database && database.unavailable()) {
                return Optional.of(
                        new ApiException(ErrorCode.UNAVAILABLE, "storage cannot serve now, try again later"));
            }
            cause = cause.getCause();
        }
        return failure instanceof WebApplicationException standard
                ? Optional.of(standard(standard.getResponse().getStatus()))
                : Optional.empty();
    }

    /** What the server itself refuses, before a resource sees it. */
    static ApiException standard(int status) {
        return switch (status) {
            case 401 -> new ApiException(ErrorCode.UNAUTHORIZED, "a valid bearer token is needed");
            case 403 -> new ApiException(403, ErrorCode.UNAUTHORIZED, "not allowed");
            case 404 -> new ApiException(ErrorCode.NOT_FOUND, "there is nothing at this address");
            case 405 -> new ApiException(405, ErrorCode.BAD_REQUEST, "this method is not allowed here");
            case 406 -> new ApiException(406, ErrorCode.BAD_REQUEST, "only JSON can be given here");
            case 415 -> new ApiException(415, ErrorCode.BAD_REQUEST, "only application/json is taken here");
            case 503 -> new ApiException(ErrorCode.UNAVAILABLE, "the server cannot serve now, try again later");
            default ->
                status >= 500
                        ? new ApiException(status, ErrorCode.UNAVAILABLE, "the server failed")
                        : new ApiException(
                                status >= 400 ? status : 400, ErrorCode.BAD_REQUEST, "the request cannot be served");
        };
    }

    private static String title(int status) {
        return switch (status) {
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 406 -> "Not Acceptable";
            case 409 -> "Conflict";
            case 413 -> "Content Too Large";
            case 415 -> "Unsupported Media Type";
            case 429 -> "Too Many Requests";
            case 500 -> "Internal Server Error";
            case 503 -> "Service Unavailable";
            default -> status < 500 ? "Client Error" : "Server Error";
        };
    }
}
