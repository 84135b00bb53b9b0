package io.duet.device;

import io.duet.audit.Audit;
import io.duet.audit.AuditEvent;
import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import io.duet.rest.Caller;
import io.duet.rest.Change;
import io.duet.rest.ClientAddress;
import io.duet.rest.Page;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** {@code /api/devices}: the caller's own devices; anybody else's look as if they did not exist. */
@Singleton
@Path("devices")
@Produces(MediaType.APPLICATION_JSON)
public final class DevicesResource {

    private static final Set<String> TYPES = Set.of("phone", "desktop", "web");
    private static final int NAME_MAX = 100;
    private static final int PUSH_TOKEN_MAX = 4096;
    private static final int CONFLICT = 409;

    private final Devices devices;
    private final ClientAddress clients;
    private final Audit audit;

    /** The body of a registration. */
    public record NewDevice(String deviceType, Optional<String> name, Optional<String> pushToken) {

        /** Without the push token, so that no log line can hold it. */
        @Override
        public String toString() {
            return "NewDevice[]";
        }
    }

    /** The body of a change: a field that is absent stays as it is, one that is null is cleared. */
    public record DeviceChange(Change<String> name, Change<String> pushToken) {

        /** Without the push token, so that no log line can hold it. */
        @Override
        public String toString() {
            return "DeviceChange[]";
        }
    }

    @Inject
    public DevicesResource(Devices devices, ClientAddress clients, Audit audit) {
        this.devices = devices;
        this.clients = clients;
        this.audit = audit;
    }

    /** 409 {@code bad_request} for one device too many. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public Response register(NewDevice body, @Context SecurityContext security) {
        if (!TYPES.contains(body.deviceType())) {
            throw new ApiException(ErrorCode.BAD_REQUEST, "device_type must be phone, desktop or web");
        }
        check("name", body.name(), NAME_MAX);
        check("push_token", body.pushToken(), PUSH_TOKEN_MAX);
        return devices.register(Caller.of(security).userId(), body.deviceType(), body.name(), body.pushToken())
                .map(device ->
                        Response.status(Response.Status.CREATED).entity(device).build())
                .orElseThrow(() -> new ApiException(
                        CONFLICT,
                        ErrorCode.BAD_REQUEST,
                        "a user may have " + Devices.MAX_PER_USER + " devices; remove one first"));
    }

    @GET
    public Page<Device> list(@Context SecurityContext security) {
        return Page.last(devices.ofUser(Caller.of(security).userId()));
    }

    @PATCH
    @Path("{id}")
    @Consumes(MediaType.APPLICATION_JSON)
    public Device change(@PathParam("id") UUID deviceId, DeviceChange body, @Context SecurityContext security) {
        check("name", body.name(), NAME_MAX);
        check("push_token", body.pushToken(), PUSH_TOKEN_MAX);
        return devices.change(Caller.of(security).userId(), deviceId, body.name(), body.pushToken())
                .orElseThrow(DevicesResource::notFound);
    }

    @DELETE
    @Path("{id}")
    public void remove(
            @PathParam("id") UUID deviceId, @Context SecurityContext security, @Context HttpServletRequest request) {
        Caller caller = Caller.of(security);
        if (!devices.remove(caller.userId(), deviceId)) {
            throw notFound();
        }
        audit.record(AuditEvent.ok("device_removed")
                .user(caller.userId())
                .session(caller.sessionId())
                .source(clients.of(request))
                .detail("device_id", deviceId));
    }

    private static ApiException notFound() {
        return new ApiException(ErrorCode.NOT_FOUND, "no such device");
    }

    private static void check(String field, Change<String> change, int max) {
        if (change instanceof Change.To<String> to) {
            check(field, to.value(), max);
        }
    }

    private static void check(String field, Optional<String> text, int max) {
        text.ifPresent(value -> {
            int length = value.codePointCount(0, value.length());
            if (length < 1 || length > max) {
                throw new ApiException(ErrorCode.BAD_REQUEST, field + " must have 1 to " + max + " characters");
            }
        });
    }
}
