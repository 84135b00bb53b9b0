package io.duet.config;

import com.unboundid.ldap.sdk.DN;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPException;
import io.duet.config.DuetConfig.Ldap;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code duet.ldap.*}. */
final class LdapReader {
    private static final Pattern ATTRIBUTE = Pattern.compile("[A-Za-z][A-Za-z0-9-]{0,63}");
    private static final String ATTRIBUTE_EXPECTED = "must be the name of an attribute";
    private static final int LDAP_PORT = 389;
    private static final int LDAPS_PORT = 636;
    private static final int MAX_PORT = 65_535;

    private final ConfigValues values;

    LdapReader(ConfigValues values) {
        this.values = values;
    }

    /** Empty when no URL is given; the other values are read and checked all the same. */
    Optional<Ldap> read() {
        List<URI> urls = values.parsed("duet.ldap.url", List.of(), LdapReader::urls);
        boolean startTls = values.bool("duet.ldap.start-tls", true);
        Optional<Path> caFile = values.parsed("duet.ldap.ca-file", Optional.empty(), LdapReader::file);
        Optional<String> bindDn = values.parsed("duet.ldap.bind-dn", Optional.empty(), LdapReader::dn);
        Optional<String> bindPassword = values.secret("duet.ldap.bind-password", 1);
        Optional<String> baseDn = values.parsed("duet.ldap.base-dn", Optional.empty(), LdapReader::dn);
        values.require(
                "duet.ldap.bind-password",
                bindDn.isPresent() == bindPassword.isPresent(),
                "must be set if duet.ldap.bind-dn is, and only then",
                "");
        values.require(
                "duet.ldap.base-dn", urls.isEmpty() || baseDn.isPresent(), "must be set, since duet.ldap.url is", "");
        var ldap = new Ldap(
                urls,
                startTls,
                caFile,
                bindDn.flatMap(dn -> bindPassword.map(password -> new DuetConfig.LdapBind(dn, password))),
                new DuetConfig.LdapEntries(
                        baseDn.orElse(""),
                        values.parsed(
                                "duet.ldap.user-filter", DuetConfig.LdapEntries.USER_FILTER, LdapReader::userFilter),
                        values.parsed("duet.ldap.disabled-filter", Optional.empty(), text -> Optional.of(filter(text))),
                        values.parsed("duet.ldap.admin-group", Optional.empty(), LdapReader::dn),
                        attribute("duet.ldap.id-attribute", "entryUUID"),
                        attribute("duet.ldap.username-attribute", "uid"),
                        attribute("duet.ldap.email-attribute", "mail")),
                values.duration("duet.ldap.check-interval", "PT5M", "PT1S", "P1D"),
                values.duration("duet.ldap.connect-timeout", "PT3S", "PT0.1S", "PT1M"),
                values.duration("duet.ldap.response-timeout", "PT5S", "PT0.1S", "PT1M"),
                values.integer("duet.ldap.concurrent", 16, 1, 1000));
        return urls.isEmpty() ? Optional.empty() : Optional.of(ldap);
    }

    private String attribute(String key, String byDefault) {
        return values.text(key, ATTRIBUTE, ATTRIBUTE_EXPECTED).orElse(byDefault);
    }

    private static List<URI> urls(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .map(LdapReader::url)
                .toList();
    }

    private static URI url(String text) {
        String expected = "must be a list of URLs such as ldaps://ldap.example.org or ldap://ldap.example.org:389";
        try {
            var uri = new URI(text);
            boolean tls = "ldaps".equalsIgnoreCase(uri.getScheme());
            boolean known = tls || "ldap".equalsIgnoreCase(uri.getScheme());
            boolean bare = uri.getHost() != null
                    && uri.getUserInfo() == null
                    && uri.getQuery() == null
                    && uri.getFragment() == null
                    && (uri.getPath().isEmpty() || uri.getPath().equals("/"));
            int byDefault = tls ? LDAPS_PORT : LDAP_PORT;
            int port = known && uri.getPort() < 0 ? byDefault : uri.getPort();
            if (known && bare && port > 0 && port <= MAX_PORT) {
                return new URI(tls ? "ldaps" : "ldap", null, uri.getHost(), port, null, null, null);
            }
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(expected, e);
        }
        throw new IllegalArgumentException(expected);
    }

    private static Optional<Path> file(String text) {
        try {
            Path path = Path.of(text);
            if (Files.isReadable(path) && Files.isRegularFile(path)) {
                return Optional.of(path);
            }
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("must be a file that can be read", e);
        }
        throw new IllegalArgumentException("must be a file that can be read");
    }

    private static Optional<String> dn(String text) {
        if (!DN.isValidDN(text)) {
            throw new IllegalArgumentException("must be a distinguished name such as ou=people,dc=example,dc=org");
        }
        return Optional.of(text);
    }

    private static String userFilter(String text) {
        if (!text.contains(DuetConfig.LdapEntries.TYPED)) {
            throw new IllegalArgumentException("must contain " + DuetConfig.LdapEntries.TYPED);
        }
        filter(text.replace(DuetConfig.LdapEntries.TYPED, "x"));
        filter(text.replace(DuetConfig.LdapEntries.TYPED, "*"));
        return text;
    }

    private static String filter(String text) {
        try {
            Filter.create(text);
            return text;
        } catch (LDAPException e) {
            throw new IllegalArgumentException("must be a filter such as (objectClass=person)", e);
        }
    }
}
