package io.duet.account;

import io.duet.config.DuetConfig;
import io.duet.rest.Unauthenticated;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/** {@code /api/sign-in}: in which ways somebody may come in. Nobody needs a token to ask. */
@Singleton
@Path("sign-in")
@Produces(MediaType.APPLICATION_JSON)
public final class SignInResource {

    private final DuetConfig config;
    private final Issuers issuers;

    /**
     * What is on offer.
     *
     * @param local whether a username and password will do, of a local account or of a directory
     * @param registration whether anybody may make an account for that
     * @param issuers where else one may sign in, by authorization code with PKCE as a public client
     */
    public record Ways(boolean local, boolean registration, List<IssuerWay> issuers) {}

    /**
     * An issuer, and what a public client needs to know of it. The endpoints are empty while it has not been reached.
     *
     * @param token which of the tokens is to be shown to Duet
     */
    public record IssuerWay(
            String issuer,
            String name,
            String clientId,
            String scope,
            DuetConfig.PageToken token,
            Optional<URI> authorizationEndpoint,
            Optional<URI> tokenEndpoint,
            Optional<URI> endSessionEndpoint,
            Optional<URI> revocationEndpoint) {

        static Optional<IssuerWay> of(Issuers.Known known) {
            DuetConfig.Issuer issuer = known.issuer();
            Optional<IssuerMetadata> metadata = known.keys().metadata();
            return issuer.clientId()
                    .map(clientId -> new IssuerWay(
                            issuer.issuer(),
                            issuer.name(),
                            clientId,
                            issuer.scope(),
                            issuer.pageToken(),
                            metadata.flatMap(IssuerMetadata::authorization),
                            metadata.flatMap(IssuerMetadata::token),
                            metadata.flatMap(IssuerMetadata::endSession),
                            metadata.flatMap(IssuerMetadata::revocation)));
        }
    }

    @Inject
    SignInResource(DuetConfig config, Issuers issuers) {
        this.config = config;
        this.issuers = issuers;
    }

    @GET
    @Unauthenticated
    public Ways ways() {
        boolean local = config.accounts().local();
        return new Ways(
                local || config.ldap().isPresent(),
                local && config.registration() == DuetConfig.Registration.OPEN,
                issuers.all().stream()
                        .map(IssuerWay::of)
                        .flatMap(Optional::stream)
                        .toList());
    }
}
