package io.duet.account;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * What the directory says about somebody.
 *
 * @param id for ever
 * @param dn for now
 * @param username in the form that is stored; empty when the directory has none that Duet could take
 * @param email likewise
 * @param inAdminGroup by what the entry itself says
 * @param blocked whether the entry itself says that the account is disabled
 */
record LdapPerson(
        Id id, String dn, Optional<String> username, Optional<String> email, boolean inAdminGroup, boolean blocked) {

    /** The bytes of the id attribute. */
    record Id(byte[] bytes) {
        Id {
            bytes = bytes.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Id id && Arrays.equals(bytes, id.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return HexFormat.of().formatHex(bytes);
        }
    }
}
