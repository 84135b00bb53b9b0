package io.duet.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Addresses that begin alike: CIDR notation (RFC 4632, RFC 4291), such as {@code 10.0.0.0/8}, {@code fd00::/8}, or a single
 * address. An IPv4 address that is written as an IPv6 one is the IPv4 address. Names are never looked up.
 *
 * @param bits how many leading ones of the address count
 */
public record NetworkRange(InetAddress address, int bits) {

    private static final String BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final Pattern IPV4 = Pattern.compile(BYTE + "(\\." + BYTE + "){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*");
    private static final Pattern BITS = Pattern.compile("[0-9]{1,3}");

    /** @throws IllegalArgumentException when the text is none, or has bits beyond its prefix */
    public static NetworkRange parse(String text) {
        int slash = text.indexOf('/');
        InetAddress address = address(slash < 0 ? text : text.substring(0, slash))
                .orElseThrow(() -> new IllegalArgumentException("is no address"));
        int all = address.getAddress().length * Byte.SIZE;
        int bits = all;
        if (slash >= 0) {
            String given = text.substring(slash + 1);
            bits = BITS.matcher(given).matches() ? Integer.parseInt(given) : -1;
        }
        if (bits < 0 || bits > all) {
            throw new IllegalArgumentException("has a prefix length that is none");
        }
        return new NetworkRange(address, bits);
    }

    /** The address of a literal, without its zone; empty when it is none. */
    public static Optional<InetAddress> address(String literal) {
        int zone = literal.indexOf('%');
        String bare = zone < 0 ? literal : literal.substring(0, zone);
        if (!IPV4.matcher(bare).matches() && !IPV6.matcher(bare).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(bare));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    public boolean contains(InetAddress other) {
        byte[] mine = address.getAddress();
        byte[] theirs = other.getAddress();
        if (mine.length != theirs.length) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            int mask = 0x80 >> (bit % Byte.SIZE);
            if (((mine[bit / Byte.SIZE] ^ theirs[bit / Byte.SIZE]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }
}
