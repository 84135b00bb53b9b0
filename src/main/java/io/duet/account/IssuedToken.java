package io.duet.account;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a genuine token of an OpenID Connect issuer says, in the form in which it is used here.
 *
 * @param session a digest that tells sessions at issuers apart: of issuer, subject and {@code sid}, or of the whole token where
 *     there is no {@code sid}
 * @param issuedAt by the issuer's clock, in whole seconds
 * @param expiresAt when it is void here: {@code exp} and the leeway
 * @param usernames the one to have, then what to have instead if it is taken; all of them fit
 * @param usernameClaimed whether the first one comes from {@code preferred_username}
 * @param email a fitting address in lower case that the issuer does not call unverified
 */
record IssuedToken(
        String issuer,
        String subject,
        String session,
        Instant issuedAt,
        Instant expiresAt,
        List<String> usernames,
        boolean usernameClaimed,
        Optional<String> email,
        boolean admin) {}
