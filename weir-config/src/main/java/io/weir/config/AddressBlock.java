package io.weir.config;

import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.ValueType;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A block of IP addresses, such as {@code 10.0.0.0/8} or {@code 2001:db8::/32}. Immutable.
 *
 * @param network the address that the block begins with
 * @param prefix how many leading bits its addresses share, 0 to 32 for IPv4 and 0 to 128 for IPv6
 */
public record AddressBlock(InetAddress network, int prefix) {
    private static final Pattern IPV4 = Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$)){4}");
    private static final Pattern IPV6_CHARACTERS = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    /**
     * The block that a text names; an address alone is a block of one. @throws InvalidConfigException if it names none
     */
    static AddressBlock parse(String key, String text) {
        int slash = text.indexOf('/');
        InetAddress network = address(slash < 0 ? text : text.substring(0, slash));
        if (network == null) {
            throw new InvalidConfigException(
                    key, "must be addresses or blocks such as 10.0.0.0/8 or 2001:db8::/32, but is '" + text + "'");
        }
        int bits = 8 * network.getAddress().length;
        int prefix = slash < 0 ? bits : ValueType.integer(0, bits).parse(key, text.substring(slash + 1));
        return new AddressBlock(first(network, prefix), prefix);
    }

    /** The address that a text is, without ever asking for a name; null if it is none. IPv4 in IPv6 counts as IPv4. */
    public static @Nullable InetAddress address(String text) {
        if (!IPV4.matcher(text).matches() && !IPV6_CHARACTERS.matcher(text).matches()) {
            return null;
        }
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            return null;
        }
    }

    /** The first address of the block of that prefix that an address is in. */
    public static InetAddress first(InetAddress address, int prefix) {
        byte[] bytes = address.getAddress();
        for (int i = 0; i < bytes.length; i++) {
            int kept = Math.max(0, Math.min(8, prefix - 8 * i));
            bytes[i] = (byte) (bytes[i] & (0xff << (8 - kept)));
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether an address is in this block. */
    public boolean contains(InetAddress address) {
        return address.getAddress().length == network.getAddress().length
                && first(address, prefix).equals(network);
    }
}
