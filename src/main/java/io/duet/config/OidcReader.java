package io.duet.config;

import io.duet.config.DuetConfig.Issuer;
import io.duet.config.DuetConfig.Oidc;
import io.duet.config.DuetConfig.PageToken;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Reads {@code duet.oidc.*}. Of each list that is about issuers one item is for all of them, or there is one for each in the
 * order of {@code duet.oidc.issuer}; an empty one says nothing.
 */
final class OidcReader {
    private static final String ISSUER = "duet.oidc.issuer";
    private static final String PATH = "(:[0-9]{1,5})?(/[A-Za-z0-9._~:/-]*)?";
    /** OpenID Connect wants TLS; what never leaves the machine can do without it. */
    private static final Pattern ADDRESS = Pattern.compile(
            "https://[A-Za-z0-9.-]{1,253}" + PATH + "|http://(localhost|127\\.0\\.0\\.1|\\[::1])" + PATH);

    private static final Pattern ALGORITHM = Pattern.compile("(RS|PS|ES)(256|384|512)");
    private static final Pattern WORD = Pattern.compile("[\\x21-\\x7e&&[^,]]{0,255}");
    private static final Pattern WORDS = Pattern.compile("[\\x20-\\x7e&&[^,]]{0,1000}");
    private static final Pattern NAME = Pattern.compile("[^,\\p{Cntrl}]{0,60}");
    private static final Pattern TOKEN = Pattern.compile("(access_token|id_token)?");

    private final ConfigValues values;
    private List<String> issuers = List.of();

    OidcReader(ConfigValues values) {
        this.values = values;
    }

    Oidc read() {
        issuers = values.list(
                ISSUER, ADDRESS, "must be https addresses, separated by commas (http only for this very machine)");
        values.require(ISSUER, new HashSet<>(issuers).size() == issuers.size(), "must not name an issuer twice");
        List<String> names = perIssuer("duet.oidc.name", NAME, "must be names of at most 60 characters");
        List<String> clientIds = perIssuer("duet.oidc.client-id", WORD, "must be client ids");
        List<String> audiences = perIssuer("duet.oidc.audience", WORDS, "must be audiences");
        List<String> clients = perIssuer("duet.oidc.clients", WORDS, "must be client ids");
        List<String> scopes = perIssuer("duet.oidc.scope", WORDS, "must be scopes");
        List<String> tokens = perIssuer("duet.oidc.page-token", TOKEN, "must be access_token or id_token");
        List<String> rolesClaims = perIssuer("duet.oidc.roles-claim", WORD, "must be claims or paths to them");
        List<String> adminRoles = perIssuer("duet.oidc.admin-role", WORDS, "must be roles");
        List<Issuer> read = new ArrayList<>();
        for (int at = 0; at < issuers.size(); at++) {
            Optional<String> clientId = given(clientIds.get(at));
            Set<String> accepted = words(audiences.get(at));
            values.require(
                    "duet.oidc.client-id",
                    clientId.isPresent() || !accepted.isEmpty(),
                    "or duet.oidc.audience must be set for " + issuers.get(at));
            read.add(new Issuer(
                    issuers.get(at),
                    given(names.get(at)).orElse(URI.create(issuers.get(at)).getHost()),
                    clientId,
                    accepted.isEmpty() ? clientId.map(Set::of).orElse(Set.of()) : accepted,
                    words(clients.get(at)),
                    given(scopes.get(at)).orElse("openid profile email"),
                    PageToken.valueOf(
                            given(tokens.get(at)).orElse("access_token").toUpperCase(Locale.ROOT)),
                    given(rolesClaims.get(at)),
                    given(adminRoles.get(at)).orElse("admin")));
        }
        return new Oidc(
                read,
                Set.copyOf(algorithms()),
                values.duration("duet.oidc.leeway", "PT30S", "PT0S", "PT5M"),
                values.duration("duet.oidc.keys-refresh", "PT5M", "PT1S", "P1D"));
    }

    private List<String> algorithms() {
        List<String> given = values.list(
                "duet.oidc.algorithms", ALGORITHM, "must be a list of RS256, PS256, ES256 and their stronger kin");
        return given.isEmpty() ? List.of("RS256", "PS256", "ES256") : given;
    }

    /** As many items as there are issuers. */
    private List<String> perIssuer(String key, Pattern pattern, String expected) {
        List<String> given = values.list(key, pattern, expected);
        boolean fits = given.size() <= 1 || given.size() == issuers.size();
        values.require(key, fits, "must have one item, or one for each issuer");
        Supplier<String> same = () -> given.isEmpty() ? "" : given.get(0);
        List<String> items = new ArrayList<>();
        for (int at = 0; at < issuers.size(); at++) {
            items.add(fits && given.size() > 1 ? given.get(at) : same.get());
        }
        return items;
    }

    private static Optional<String> given(String item) {
        return Optional.of(item).filter(text -> !text.isBlank());
    }

    private static Set<String> words(String item) {
        return item.isBlank() ? Set.of() : new HashSet<>(List.of(item.strip().split(" +")));
    }
}
