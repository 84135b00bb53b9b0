package io.duet.protocol;

/** Ends the decoding of a frame; without a stack trace, as bad input must cost nothing. */
@SuppressWarnings("serial")
final class Refusal extends RuntimeException {

    private final ErrorCode code;

    /** @param message names fields of the contract only, never anything that the client sent */
    Refusal(ErrorCode code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    static Refusal badRequest(String message) {
        return new Refusal(ErrorCode.BAD_REQUEST, message);
    }

    ErrorCode code() {
        return code;
    }
}
