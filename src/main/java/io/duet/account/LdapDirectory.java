package io.duet.account;

import com.unboundid.ldap.sdk.DN;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.LDAPSearchException;
import com.unboundid.ldap.sdk.RDN;
import com.unboundid.ldap.sdk.ResultCode;
import com.unboundid.ldap.sdk.SearchRequest;
import com.unboundid.ldap.sdk.SearchResultEntry;
import com.unboundid.ldap.sdk.SearchScope;
import com.unboundid.ldap.sdk.SimpleBindRequest;
import io.duet.config.DuetConfig;
import io.duet.config.DuetConfig.LdapEntries;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Questions to the directory (LDAPv3, RFC 4511). Each blocks for up to the configured timeouts, at worst for the connect
 * timeout of every server and twice the response timeout; never call on a thread that must not. Whatever goes wrong on the
 * way comes out as {@link LdapUnavailable}, so an answer is always the directory's own.
 */
final class LdapDirectory implements AutoCloseable {

    /** Active Directory's flags of an account, and the one that disables it ([MS-ADTS] 2.2.16). */
    private static final String ACCOUNT_CONTROL = "userAccountControl";

    private static final int ACCOUNT_DISABLED = 2;
    private static final String MEMBER_OF = "memberOf";

    /** What a server says of a wrong password, or of an account that may not sign in, and nothing else. */
    private static final Set<ResultCode> REFUSED = Set.of(
            ResultCode.INVALID_CREDENTIALS,
            ResultCode.NO_SUCH_OBJECT,
            ResultCode.INAPPROPRIATE_AUTHENTICATION,
            ResultCode.CONSTRAINT_VIOLATION,
            ResultCode.INSUFFICIENT_ACCESS_RIGHTS,
            ResultCode.UNWILLING_TO_PERFORM);

    private final LdapEntries entries;
    private final LdapConnections connections;

    LdapDirectory(DuetConfig.Ldap config) {
        entries = config.entries();
        connections = new LdapConnections(config);
    }

    /**
     * The entry of whoever signs in by this name; empty when there is none.
     *
     * @throws AmbiguousException when there are several
     */
    Optional<LdapPerson> find(String typed) throws AmbiguousException {
        Filter filter = filter(entries.userFilter().replace(LdapEntries.TYPED, Filter.encodeValue(typed)));
        List<SearchResultEntry> found = search(filter, 2);
        if (found.size() > 1) {
            throw new AmbiguousException();
        }
        return found.stream().findFirst().map(this::person);
    }

    /** A name that means several entries means nobody. */
    static final class AmbiguousException extends Exception {
        private static final long serialVersionUID = 1;

        AmbiguousException() {
            super(null, null, false, false);
        }
    }

    /** Those of the given entries that are still there for Duet and not disabled, at most some hundreds. */
    Map<LdapPerson.Id, LdapPerson> stillThere(Collection<LdapPerson.Id> ids) {
        Filter among = Filter.createORFilter(ids.stream()
                .map(id -> Filter.createEqualityFilter(entries.idAttribute(), id.bytes()))
                .toList());
        Map<LdapPerson.Id, LdapPerson> there = new HashMap<>();
        search(Filter.createANDFilter(anybody(), among), 0).stream()
                .map(this::person)
                .filter(person -> !person.blocked())
                .forEach(person -> there.put(person.id(), person));
        entries.disabledFilter()
                .filter(disabled -> !there.isEmpty())
                .ifPresent(disabled -> search(Filter.createANDFilter(filter(disabled), among), 0).stream()
                        .map(this::person)
                        .forEach(person -> there.remove(person.id())));
        return there;
    }

    /** Whether an entry is there and has this username. */
    boolean isNamed(LdapPerson.Id id, String username) {
        return search(Filter.createEqualityFilter(entries.idAttribute(), id.bytes()), 1).stream()
                .map(this::person)
                .anyMatch(person -> person.username().filter(username::equals).isPresent());
    }

    /** Whether the directory shows any person at all: if not, it is misconfigured, and not everybody is gone. */
    boolean showsAnybody() {
        return !search(anybody(), 1).isEmpty();
    }

    /** What the disabled filter says about an entry, which is not in the entry itself. */
    boolean isDisabled(LdapPerson person) {
        return person.blocked()
                || entries.disabledFilter()
                        .filter(disabled -> isThere(person.dn(), filter(disabled)))
                        .isPresent();
    }

    /** By what the entry says ({@code memberOf}), or the group ({@code member}, {@code uniqueMember}, {@code memberUid}). */
    boolean isAdmin(LdapPerson person) {
        if (entries.adminGroup().isEmpty() || person.inAdminGroup()) {
            return person.inAdminGroup();
        }
        Filter names = Filter.createORFilter(
                Filter.createEqualityFilter("member", person.dn()),
                Filter.createEqualityFilter("uniqueMember", person.dn()),
                Filter.createEqualityFilter("memberUid", person.username().orElse("")));
        return isThere(entries.adminGroup().get(), names);
    }

    /**
     * Tries a password.
     *
     * @param password never empty: with an empty one a server lets anybody in, as nobody (RFC 4513, section 5.1.2)
     */
    boolean accepts(String dn, String password) {
        if (password.isEmpty()) {
            throw new IllegalArgumentException("an empty password is none");
        }
        try {
            return connections
                            .passwords()
                            .bind(new SimpleBindRequest(dn, password))
                            .getResultCode()
                    == ResultCode.SUCCESS;
        } catch (LDAPException e) {
            if (REFUSED.contains(e.getResultCode())) {
                return false;
            }
            throw new LdapUnavailable("a password cannot be checked", e);
        }
    }

    /** Does what {@link #accepts} does for a wrong password, for nobody, so that the time tells nothing. */
    void refuse() {
        String nobody = new RDN("cn", UUID.randomUUID().toString()) + "," + entries.baseDn();
        accepts(nobody, UUID.randomUUID().toString());
    }

    private Filter anybody() {
        return filter(entries.userFilter().replace(LdapEntries.TYPED, "*"));
    }

    private static Filter filter(String text) {
        try {
            return Filter.create(text);
        } catch (LDAPException e) {
            throw new IllegalStateException("the configured filters were checked at the start", e);
        }
    }

    private boolean isThere(String dn, Filter filter) {
        try {
            return connections.searches().searchForEntry(dn, SearchScope.BASE, filter, SearchRequest.NO_ATTRIBUTES)
                    != null;
        } catch (LDAPSearchException e) {
            if (e.getResultCode() == ResultCode.NO_SUCH_OBJECT) {
                return false;
            }
            throw new LdapUnavailable("a search failed", e);
        }
    }

    /** @param most beyond so many the rest is left out; 0 for all */
    private List<SearchResultEntry> search(Filter filter, int most) {
        try {
            var request = new SearchRequest(
                    entries.baseDn(),
                    SearchScope.SUB,
                    filter,
                    entries.idAttribute(),
                    entries.usernameAttribute(),
                    entries.emailAttribute(),
                    MEMBER_OF,
                    ACCOUNT_CONTROL);
            request.setSizeLimit(most);
            return connections.searches().search(request).getSearchEntries();
        } catch (LDAPSearchException e) {
            if (most > 0 && e.getResultCode() == ResultCode.SIZE_LIMIT_EXCEEDED) {
                return e.getSearchEntries();
            }
            throw new LdapUnavailable("a search failed", e);
        }
    }

    private LdapPerson person(SearchResultEntry entry) {
        byte[] id = entry.getAttributeValueBytes(entries.idAttribute());
        if (id == null || id.length == 0) {
            throw new LdapUnavailable("an entry has no " + entries.idAttribute()
                    + " that Duet may read: see duet.ldap.id-attribute and duet.ldap.bind-dn");
        }
        Integer control = entry.getAttributeValueAsInteger(ACCOUNT_CONTROL);
        return new LdapPerson(
                new LdapPerson.Id(id),
                entry.getDN(),
                Optional.ofNullable(entry.getAttributeValue(entries.usernameAttribute()))
                        .flatMap(Registration::storedUsername),
                Optional.ofNullable(entry.getAttributeValue(entries.emailAttribute()))
                        .flatMap(Registration::storedEmail),
                entries.adminGroup().filter(group -> namesGroup(entry, group)).isPresent(),
                control != null && (control & ACCOUNT_DISABLED) != 0);
    }

    private static boolean namesGroup(SearchResultEntry entry, String group) {
        String[] groups = entry.getAttributeValues(MEMBER_OF);
        return groups != null && Arrays.stream(groups).anyMatch(named -> same(named, group));
    }

    private static boolean same(String one, String other) {
        try {
            return DN.equals(one, other);
        } catch (LDAPException e) {
            return false;
        }
    }

    @Override
    public void close() {
        connections.close();
    }
}
