package io.duet.account;

import com.unboundid.ldap.sdk.LDAPException;

/** The directory did not answer, or not in a way that says anything about a person. The message is for operators. */
final class LdapUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1;

    LdapUnavailable(String what) {
        super(what);
    }

    /** Of the cause only its result and message: they name servers and entries, never passwords. */
    LdapUnavailable(String what, LDAPException cause) {
        super(what + ": " + cause.getResultCode() + ", " + cause.getMessage(), cause);
    }
}
