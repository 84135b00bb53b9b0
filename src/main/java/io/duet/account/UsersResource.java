package io.duet.account;

import io.duet.audit.Audit;
import io.duet.audit.AuditEvent;
import io.duet.config.DuetConfig;
import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import io.duet.rest.Caller;
import io.duet.rest.ClientAddress;
import io.duet.rest.Cursor;
import io.duet.rest.Page;
import io.duet.rest.PageRequest;
import io.duet.rest.QueryParams;
import io.duet.rest.Role;
import io.duet.rest.Unauthenticated;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/** {@code /api/users}: registration, who I am, and the directory. */
@Singleton
@Path("users")
@Produces(MediaType.APPLICATION_JSON)
public final class UsersResource {

    private static final String LIST = "users";
    private static final int DEFAULT_LIMIT = 20;
    private static final int MAX_LIMIT = 100;
    private static final int FORBIDDEN = 403;

    private final Accounts accounts;
    private final DuetConfig config;
    private final ClientAddress clients;
    private final Audit audit;

    /** The body of a registration. */
    public record NewUser(String username, String email, String password) {

        /** Without the password, so that no log line can hold it. */
        @Override
        public String toString() {
            return "NewUser[]";
        }
    }

    /** The caller as a user, and what this very token lets him do. */
    public record Me(UUID userId, String username, Optional<String> email, Instant createdAt, List<Role> roles) {
        static Me of(User user, Caller caller) {
            List<Role> roles = caller.roles().stream().sorted().toList();
            return new Me(user.userId(), user.username(), user.email(), user.createdAt(), roles);
        }
    }

    @Inject
    public UsersResource(Accounts accounts, DuetConfig config, ClientAddress clients, Audit audit) {
        this.accounts = accounts;
        this.config = config;
        this.clients = clients;
        this.audit = audit;
    }

    /** 403 {@code unauthorized} when registration is closed or there are no local accounts; 409 {@code bad_request} when name or email is taken. */
    @POST
    @Unauthenticated
    @Consumes(MediaType.APPLICATION_JSON)
    public Response register(NewUser body, @Context HttpServletRequest request) {
        if (!config.accounts().local()) {
            throw new ApiException(FORBIDDEN, ErrorCode.UNAUTHORIZED, "there are no local accounts on this server");
        }
        if (config.registration() == DuetConfig.Registration.CLOSED) {
            throw new ApiException(FORBIDDEN, ErrorCode.UNAUTHORIZED, "registration is closed on this server");
        }
        User user = accounts.register(body.username(), body.email(), body.password());
        audit.record(AuditEvent.ok("registration")
                .user(user.userId())
                .username(user.username())
                .source(clients.of(request))
                .detail("method", "local"));
        return Response.status(Response.Status.CREATED).entity(user).build();
    }

    @GET
    @Path("me")
    public Me me(@Context SecurityContext security) {
        Caller caller = Caller.of(security);
        return accounts.byId(caller.userId())
                .map(user -> Me.of(user, caller))
                .orElseThrow(() -> new ApiException(ErrorCode.NOT_FOUND, "this user does not exist any more"));
    }

    /** Everybody whose username begins with {@code query} (everybody when absent), by username. */
    @GET
    public Page<Directory.Entry> search(@Context UriInfo uri) {
        QueryParams parameters = QueryParams.of(uri);
        String prefix = parameters.text("query").orElse("").toLowerCase(Locale.ROOT);
        PageRequest page = parameters.page(DEFAULT_LIMIT, MAX_LIMIT);
        String after = page.after(LIST, 1).map(cursor -> cursor.text(0)).orElse("");
        List<Directory.Entry> found = accounts.startingWith(prefix, after, page.limit() + 1);
        if (found.size() <= page.limit()) {
            return Page.last(found);
        }
        List<Directory.Entry> shown = found.subList(0, page.limit());
        String last = shown.get(shown.size() - 1).username();
        return new Page<>(shown, Cursor.of(LIST, last).encode());
    }
}
