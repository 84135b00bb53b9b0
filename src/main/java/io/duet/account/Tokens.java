package io.duet.account;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.nimbusds.jwt.proc.ExpiredJWTException;
import java.text.ParseException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.Set;
import java.util.UUID;

/**
 * Signs and reads access tokens: JWTs (RFC 7519) with HS256 and nothing else, {@code iss} and {@code aud} "duet",
 * {@code sub} the user, {@code sid} the session, a {@code jti} for each, {@code exp} in whole seconds and without leeway. Knows nothing about
 * sessions: a genuine token may belong to one that has been revoked. Any thread may call.
 */
final class Tokens {

    static final String ISSUER = "duet";
    private static final String SESSION = "sid";
    private static final int MAX_CHARACTERS = 4096;

    private final SigningKeys keys;
    private final Clock clock;
    private final DefaultJWTProcessor<SecurityContext> processor;

    /** A signed token and the moment from which on it is void. */
    record Issued(String token, Instant issuedAt, Instant expiresAt) {}

    /** What a token says. */
    sealed interface Reading {
        record Genuine(UUID userId, UUID sessionId, Instant expiresAt) implements Reading {}

        record Rejected(String reason) implements Reading {}
    }

    Tokens(SigningKeys keys, Clock clock) {
        this.keys = keys;
        this.clock = clock;
        processor = new DefaultJWTProcessor<>();
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(
                JWSAlgorithm.HS256,
                (JWKSelector selector, SecurityContext context) -> selector.select(keys.verification())));
        processor.setJWTClaimsSetVerifier(claimsVerifier());
    }

    private DefaultJWTClaimsVerifier<SecurityContext> claimsVerifier() {
        var required = new JWTClaimsSet.Builder().issuer(ISSUER).build();
        var verifier =
                new DefaultJWTClaimsVerifier<SecurityContext>(ISSUER, required, Set.of("sub", SESSION, "iat", "exp")) {
                    @Override
                    protected Date currentTime() {
                        return Date.from(clock.instant());
                    }
                };
        verifier.setMaxClockSkew(0);
        return verifier;
    }

    Issued issue(UUID userId, UUID sessionId, Instant expiresAt) {
        Instant issuedAt = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        Instant wholeSecond = expiresAt.truncatedTo(ChronoUnit.SECONDS);
        OctetSequenceKey key = keys.signing();
        var header = new JWSHeader.Builder(JWSAlgorithm.HS256)
                .type(JOSEObjectType.JWT)
                .keyID(key.getKeyID())
                .build();
        var claims = new JWTClaimsSet.Builder()
                .jwtID(UUID.randomUUID().toString())
                .issuer(ISSUER)
                .audience(ISSUER)
                .subject(userId.toString())
                .claim(SESSION, sessionId.toString())
                .issueTime(Date.from(issuedAt))
                .expirationTime(Date.from(wholeSecond))
                .build();
        try {
            var jwt = new SignedJWT(header, claims);
            jwt.sign(new MACSigner(key));
            return new Issued(jwt.serialize(), issuedAt, wholeSecond);
        } catch (JOSEException e) {
            throw new IllegalStateException("signing with HS256 failed", e);
        }
    }

    Reading read(String token) {
        if (token.length() > MAX_CHARACTERS) {
            return new Reading.Rejected("the token is too long");
        }
        try {
            JWTClaimsSet claims = processor.process(parse(token), null);
            return new Reading.Genuine(
                    UUID.fromString(claims.getSubject()),
                    UUID.fromString(claims.getStringClaim(SESSION)),
                    claims.getExpirationTime().toInstant());
        } catch (ExpiredJWTException e) {
            return new Reading.Rejected("the token has expired");
        } catch (ParseException | IllegalArgumentException e) {
            return new Reading.Rejected("this is not a token");
        } catch (BadJOSEException | JOSEException e) {
            return new Reading.Rejected("the token is not one of ours");
        }
    }

    /** The parser meets some malformed headers, such as JSON's null, with a NullPointerException. */
    private static SignedJWT parse(String token) throws ParseException {
        try {
            return SignedJWT.parse(token);
        } catch (RuntimeException e) {
            throw new ParseException(e.getMessage(), 0);
        }
    }
}
