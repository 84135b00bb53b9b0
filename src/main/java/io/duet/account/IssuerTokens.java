package io.duet.account;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.nimbusds.jwt.proc.ExpiredJWTException;
import io.duet.config.DuetConfig;
import io.duet.protocol.UnicodeText;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads tokens of one issuer: access tokens (RFC 9068, and JWTs like them) and ID tokens (OpenID Connect Core, section 2). The
 * signature must be by a key that the issuer publishes, in an algorithm of {@code duet.oidc.algorithms}, of which none is symmetric;
 * {@code iss}, {@code aud}, {@code sub}, {@code exp} and {@code iat} must be there and right, {@code nbf} right where it is
 * there. Tokens that are made for something else, or bound to a key of their client, are refused. Any thread may call; nothing
 * blocks.
 */
final class IssuerTokens {

    /** OpenID Connect Core, section 2. */
    private static final int MAX_SUBJECT = 255;

    private static final Duration LONGEST_LIFE = Duration.ofDays(365);
    /** How Keycloak names what a token is for; an absent one says nothing. */
    private static final Set<String> KINDS = Set.of("bearer", "id", "jwt", "at+jwt");

    private static final Set<String> NOT_FOR_BEARERS = Set.of("cnf", "events");

    private final DuetConfig.Issuer issuer;
    private final IssuerKeys keys;
    private final Clock clock;
    private final Duration leeway;
    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

    /** What a token says. */
    sealed interface Reading {
        record Genuine(IssuedToken token) implements Reading {}

        record Rejected(String reason) implements Reading {}

        /** The key of its signature has not been fetched. */
        record Undecided() implements Reading {}
    }

    IssuerTokens(DuetConfig.Issuer issuer, DuetConfig.Oidc config, IssuerKeys keys, Clock clock) {
        this.issuer = issuer;
        this.keys = keys;
        this.clock = clock;
        leeway = config.leeway();
        Set<JWSAlgorithm> algorithms =
                config.algorithms().stream().map(JWSAlgorithm::parse).collect(Collectors.toSet());
        processor.setJWSKeySelector(
                new JWSVerificationKeySelector<>(algorithms, (selector, context) -> keys.select(selector)));
        processor.setJWSTypeVerifier(
                new DefaultJOSEObjectTypeVerifier<>(JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
        processor.setJWTClaimsSetVerifier(claimsVerifier());
    }

    private DefaultJWTClaimsVerifier<SecurityContext> claimsVerifier() {
        var exact = new JWTClaimsSet.Builder().issuer(issuer.issuer()).build();
        var required = Set.of("sub", "exp", "iat");
        var verifier =
                new DefaultJWTClaimsVerifier<SecurityContext>(issuer.audiences(), exact, required, NOT_FOR_BEARERS) {
                    @Override
                    protected Date currentTime() {
                        return Date.from(clock.instant());
                    }
                };
        verifier.setMaxClockSkew(Math.toIntExact(leeway.toSeconds()));
        return verifier;
    }

    /** @param text the token as it came, of which {@code jwt} was parsed */
    Reading read(SignedJWT jwt, String text) {
        switch (keys.of(jwt.getHeader().getKeyID())) {
            case UNDECIDED -> {
                return new Reading.Undecided();
            }
            case UNKNOWN -> {
                return new Reading.Rejected("the token is signed by a key that its issuer does not publish");
            }
            case KNOWN -> {}
        }
        try {
            JWTClaimsSet claims = processor.process(jwt, null);
            Optional<String> fault = fault(claims);
            return fault.isPresent() ? new Reading.Rejected(fault.get()) : new Reading.Genuine(token(claims, text));
        } catch (ExpiredJWTException e) {
            return new Reading.Rejected("the token has expired");
        } catch (BadJOSEException | JOSEException e) {
            return new Reading.Rejected("the token is not one of its issuer for this server");
        } catch (ParseException | IllegalArgumentException e) {
            return new Reading.Rejected("a claim of the token is not of the right form");
        }
    }

    /** What the library does not look at. */
    private Optional<String> fault(JWTClaimsSet claims) throws ParseException {
        String subject = claims.getSubject();
        if (subject == null || claims.getIssueTime() == null || claims.getExpirationTime() == null) {
            return Optional.of("a claim is null");
        }
        if (subject.isBlank() || subject.length() > MAX_SUBJECT || !UnicodeText.isStorable(subject)) {
            return Optional.of("sub is not of the right form");
        }
        Instant latest = clock.instant().plus(leeway);
        Instant issuedAt = claims.getIssueTime().toInstant();
        if (issuedAt.isAfter(latest) || issuedAt.isBefore(Instant.EPOCH)) {
            return Optional.of("iat is not in the past");
        }
        if (claims.getClaim("typ") instanceof String kind && !KINDS.contains(kind.toLowerCase(Locale.ROOT))) {
            return Optional.of("the token is made for something else");
        }
        return wrongParty(claims);
    }

    private Optional<String> wrongParty(JWTClaimsSet claims) throws ParseException {
        Optional<String> authorized = Optional.ofNullable(claims.getStringClaim("azp"));
        Optional<String> client = Optional.ofNullable(claims.getStringClaim("client_id"));
        if (authorized.isPresent() && client.isPresent() && !authorized.equals(client)) {
            return Optional.of("azp and client_id differ");
        }
        if (isIdToken(claims)) {
            boolean ours = authorized
                    .map(party -> party.equals(issuer.clientId().orElse(null))
                            || issuer.audiences().contains(party))
                    .orElse(claims.getAudience().size() == 1);
            if (!ours) {
                return Optional.of("the ID token was issued to another client");
            }
        }
        boolean allowed = issuer.clients().isEmpty()
                || Stream.of(authorized, client)
                        .flatMap(Optional::stream)
                        .findFirst()
                        .map(issuer.clients()::contains)
                        .orElse(false);
        return allowed ? Optional.empty() : Optional.of("tokens of this client are not taken");
    }

    private static boolean isIdToken(JWTClaimsSet claims) {
        return claims.getClaim("nonce") != null
                || claims.getClaim("at_hash") != null
                || claims.getClaim("typ") instanceof String kind && kind.equalsIgnoreCase("ID");
    }

    private IssuedToken token(JWTClaimsSet claims, String text) throws ParseException {
        String subject = claims.getSubject();
        Optional<String> session =
                claims.getClaim("sid") instanceof String sid && !sid.isEmpty() ? Optional.of(sid) : Optional.empty();
        Instant expiresAt = claims.getExpirationTime().toInstant().plus(leeway);
        Instant latest = clock.instant().plus(LONGEST_LIFE);
        Optional<String> username = claims.getClaim("preferred_username") instanceof String name
                ? ClaimedUsername.normalised(name)
                : Optional.empty();
        return new IssuedToken(
                issuer.issuer(),
                subject,
                session.map(sid -> ClaimedUsername.digest(issuer.issuer(), subject, sid))
                        .orElseGet(() -> ClaimedUsername.digest(text)),
                claims.getIssueTime().toInstant(),
                expiresAt.isBefore(latest) ? expiresAt : latest,
                ClaimedUsername.candidates(username, issuer.issuer(), subject),
                username.isPresent(),
                email(claims),
                issuer.rolesClaim().map(path -> hasRole(claims, path)).orElse(false));
    }

    private static Optional<String> email(JWTClaimsSet claims) {
        boolean unverified = "false".equals(String.valueOf(claims.getClaim("email_verified")));
        return claims.getClaim("email") instanceof String email && !unverified
                ? Registration.storedEmail(email)
                : Optional.empty();
    }

    /** A claim of that very name, or else the place to which the names between the dots lead. */
    private boolean hasRole(JWTClaimsSet claims, String path) {
        Object found = claims.getClaim(path);
        if (found == null) {
            found = claims.getClaims();
            for (String name : List.of(path.split("\\."))) {
                found = found instanceof Map<?, ?> inner ? inner.get(name) : null;
            }
        }
        return found instanceof Collection<?> roles
                ? roles.contains(issuer.adminRole())
                : issuer.adminRole().equals(found);
    }
}
