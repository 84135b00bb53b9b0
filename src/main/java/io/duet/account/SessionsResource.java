package io.duet.account;

import io.duet.audit.Audit;
import io.duet.audit.AuditEvent;
import io.duet.config.DuetConfig;
import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import io.duet.rest.Caller;
import io.duet.rest.ClientAddress;
import io.duet.rest.Page;
import io.duet.rest.Unauthenticated;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;

/** {@code /api/sessions}: sign in, renew the token, see sessions and end them. */
@Singleton
@Path("sessions")
@Produces(MediaType.APPLICATION_JSON)
public final class SessionsResource {

    private static final int FORBIDDEN = 403;

    private final Accounts accounts;
    private final boolean open;
    private final SignInMetrics metrics;
    private final ClientAddress clients;
    private final Audit audit;

    /** The body of a sign-in. */
    public record Credentials(String username, String password) {

        /** Without the password, so that no log line can hold it. */
        @Override
        public String toString() {
            return "Credentials[]";
        }
    }

    /**
     * A token as OAuth 2.0 answers with one (RFC 6750, section 4).
     *
     * @param expiresIn in seconds
     */
    public record AccessToken(String accessToken, String tokenType, long expiresIn, UUID userId) {

        /** Without the token, so that no log line can hold it. */
        @Override
        public String toString() {
            return "AccessToken[]";
        }
    }

    /**
     * A session as its owner sees it.
     *
     * @param expiresAt when the person has to sign in again
     * @param current whether this very request belongs to it
     */
    public record SessionView(UUID sessionId, Instant createdAt, Instant expiresAt, boolean current) {}

    @Inject
    public SessionsResource(
            Accounts accounts, DuetConfig config, MeterRegistry meters, ClientAddress clients, Audit audit) {
        this.accounts = accounts;
        open = config.accounts().local() || config.ldap().isPresent();
        metrics = new SignInMetrics(meters);
        this.clients = clients;
        this.audit = audit;
    }

    /**
     * 403 when there are neither local accounts nor a directory; 401 for an unknown user as for a wrong password; 429 with
     * {@code Retry-After} after too many of them; 503 when the directory would have to be asked and does not answer.
     */
    @POST
    @Unauthenticated
    @Consumes(MediaType.APPLICATION_JSON)
    public Response signIn(Credentials body, @Context HttpServletRequest request) {
        if (!open) {
            throw new ApiException(FORBIDDEN, ErrorCode.UNAUTHORIZED, "there are no local accounts on this server");
        }
        String source = clients.of(request);
        SignIn.Outcome outcome = accounts.signIn(body.username(), body.password(), source);
        metrics.count(outcome);
        if (outcome instanceof SignIn.Outcome.Correct correct) {
            Accounts.Granted granted = accounts.openSession(correct.userId());
            audit.record(AuditEvent.ok("sign_in")
                    .user(granted.userId())
                    .session(granted.sessionId())
                    .source(source)
                    .detail("method", correct.method().name().toLowerCase(Locale.ROOT)));
            return created(granted);
        }
        if (outcome instanceof SignIn.Outcome.TooManyFailures failures) {
            throw new ApiException(ErrorCode.RATE_LIMITED, "too many failed sign-ins, try again later")
                    .retryAfter(failures.retryAfter());
        }
        throw new ApiException(ErrorCode.UNAUTHORIZED, "username or password is wrong");
    }

    @POST
    @Path("renewal")
    public Response renew(@Context SecurityContext security) {
        return accounts.renew(Caller.of(security))
                .map(SessionsResource::created)
                .orElseThrow(() -> new ApiException(ErrorCode.UNAUTHORIZED, "the session has ended"));
    }

    /** The open sessions of the caller, newest first. */
    @GET
    public Page<SessionView> list(@Context SecurityContext security) {
        Caller caller = Caller.of(security);
        return Page.last(accounts.sessionsOf(caller).stream()
                .map(session -> new SessionView(
                        session.sessionId(),
                        session.createdAt(),
                        session.expiresAt(),
                        session.sessionId().equals(caller.sessionId())))
                .toList());
    }

    /** Ends one of the caller's sessions everywhere. */
    @DELETE
    @Path("{id}")
    public void end(
            @PathParam("id") UUID sessionId, @Context SecurityContext security, @Context HttpServletRequest request) {
        Caller caller = Caller.of(security);
        if (!accounts.revoke(caller, sessionId)) {
            throw new ApiException(ErrorCode.NOT_FOUND, "no such session");
        }
        audit.record(AuditEvent.ok("session_revoked")
                .user(caller.userId())
                .session(sessionId)
                .source(clients.of(request)));
    }

    /** Signs out: every token of the caller's session is void from now on. */
    @DELETE
    public void signOut(@Context SecurityContext security, @Context HttpServletRequest request) {
        Caller caller = Caller.of(security);
        if (accounts.revoke(caller)) {
            audit.record(AuditEvent.ok("sign_out")
                    .user(caller.userId())
                    .session(caller.sessionId())
                    .source(clients.of(request)));
        }
    }

    private static Response created(Accounts.Granted granted) {
        Tokens.Issued token = granted.token();
        long expiresIn = Duration.between(token.issuedAt(), token.expiresAt()).toSeconds();
        return Response.status(Response.Status.CREATED)
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .entity(new AccessToken(token.token(), "Bearer", expiresIn, granted.userId()))
                .build();
    }
}
