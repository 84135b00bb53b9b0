package io.duet.presence;

import io.duet.conversation.Conversations;
import io.duet.rest.Caller;
import io.duet.rest.Page;
import io.duet.rest.QueryParams;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** {@code GET /api/users/presence}: who of the people that one talks to is online. */
@Singleton
@Path("users/presence")
@Produces(MediaType.APPLICATION_JSON)
public final class PresenceResource {
    private static final int MOST_USERS = 200;

    private final Presence presence;
    private final Conversations conversations;

    /** One person in the answer; {@code lastSeenAt} is null while online and for one who never connected. */
    public record Item(UUID userId, boolean online, Instant lastSeenAt) {}

    @Inject
    public PresenceResource(Presence presence, Conversations conversations) {
        this.presence = presence;
        this.conversations = conversations;
    }

    /** In the order of the question, without those who have no conversation with the caller. */
    @GET
    public Page<Item> presence(@Context UriInfo uri, @Context SecurityContext security) {
        Set<UUID> asked = new LinkedHashSet<>(QueryParams.of(uri).uuids("user_ids", MOST_USERS));
        asked.retainAll(conversations.peersOf(Caller.of(security).userId()));
        var states = presence.of(asked);
        List<Item> items = asked.stream()
                .map(userId -> {
                    PresenceState state = states.get(userId);
                    return new Item(userId, state.online(), state.lastSeenAt());
                })
                .toList();
        return Page.last(items);
    }
}
