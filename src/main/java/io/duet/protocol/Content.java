package io.duet.protocol;

import java.util.Optional;

/** The rules of the two free texts of {@code send_message}. The text itself is never changed: no trimming, no normalisation. */
final class Content {

    private static final int MAX_CLIENT_MESSAGE_ID = 64;

    private Content() {}

    /** The first rule that {@code content} breaks, in the order: invalid, empty, too long. */
    static Optional<ErrorCode> broken(String content, int maxCodePoints) {
        if (!UnicodeText.isStorable(content)) {
            return Optional.of(ErrorCode.CONTENT_INVALID);
        }
        if (!UnicodeText.hasVisible(content)) {
            return Optional.of(ErrorCode.CONTENT_EMPTY);
        }
        if (content.length() > maxCodePoints && content.codePointCount(0, content.length()) > maxCodePoints) {
            return Optional.of(ErrorCode.CONTENT_TOO_LONG);
        }
        return Optional.empty();
    }

    static boolean isClientMessageId(String id) {
        if (id.isEmpty() || id.length() > MAX_CLIENT_MESSAGE_ID) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            if (id.charAt(i) < '!' || id.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }
}
