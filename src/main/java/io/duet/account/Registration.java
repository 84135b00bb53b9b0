package io.duet.account;

import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What somebody wants to register with, checked: a value of this type is always valid.
 *
 * @param username 3–50 of a–z 0–9 . _ -
 * @param email in lower case, so that one mailbox has one account
 * @param password 12–256 code points, in NFC, so that keyboards that compose differently type the same password
 */
record Registration(String username, String email, String password) {

    private static final Pattern USERNAME = Pattern.compile("[a-z0-9._-]{3,50}");
    /** What HTML's {@code <input type=email>} takes (WHATWG, section 4.10.5.1.5). */
    private static final Pattern EMAIL = Pattern.compile("[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
            + "@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*");
    /** RFC 5321, section 4.5.3.1.3, less the angle brackets. */
    private static final int EMAIL_MAX = 254;

    private static final int PASSWORD_MIN = 12;
    private static final int PASSWORD_MAX = 256;

    /** @throws ApiException {@code bad_request}, naming the first field that is wrong */
    static Registration of(String username, String email, String password) {
        require(isUsername(username), "username must be 3 to 50 of a-z 0-9 . _ -");
        require(isEmail(email), "email must be an address of at most " + EMAIL_MAX + " characters");
        String normalised = normalisedPassword(password);
        int length = normalised.codePointCount(0, normalised.length());
        require(
                length >= PASSWORD_MIN && length <= PASSWORD_MAX,
                "password must have " + PASSWORD_MIN + " to " + PASSWORD_MAX + " characters");
        return new Registration(username, email.toLowerCase(Locale.ROOT), normalised);
    }

    /** The name that somebody typed to sign in, in the form that is stored; empty when nobody can have it. */
    static Optional<String> storedUsername(String typed) {
        String lower = typed.toLowerCase(Locale.ROOT);
        return isUsername(lower) ? Optional.of(lower) : Optional.empty();
    }

    static String normalisedPassword(String typed) {
        return Normalizer.normalize(typed, Normalizer.Form.NFC);
    }

    /** An address in the form that is stored; empty when it is none. */
    static Optional<String> storedEmail(String given) {
        return isEmail(given) ? Optional.of(given.toLowerCase(Locale.ROOT)) : Optional.empty();
    }

    private static boolean isEmail(String text) {
        return text.length() <= EMAIL_MAX && EMAIL.matcher(text).matches();
    }

    private static boolean isUsername(String text) {
        return USERNAME.matcher(text).matches();
    }

    private static void require(boolean valid, String otherwise) {
        if (!valid) {
            throw new ApiException(ErrorCode.BAD_REQUEST, otherwise);
        }
    }

    /** Without the password, so that no log line can hold it. */
    @Override
    public String toString() {
        return "Registration[username=" + username + "]";
    }
}
