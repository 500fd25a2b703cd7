package io.weir.gateway.edge;

import io.vertx.core.MultiMap;
import io.weir.config.AddressBlock;
import io.weir.config.ProxyConfig;
import io.weir.gateway.http.HeaderNames;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/*
 * The headers are read from the right: the last entry was written by the peer, the one before by whoever the peer had
 * it from. As long as those are trusted proxies, the next entry to the left is believed; the first address that is none
 * of them is the client, and what stands left of it is the client's own claim. What is no address ends the walk as
 * well.
 */

/** Finds out which address a request comes from, and what it is counted by. Immutable. */
public final class ClientAddresses {

    /** Said by clients, or by proxies that are not trusted: a server must not take them for the gateway's word. */
    private static final List<CharSequence> CLAIMS = Stream.of(
                    "Forwarded",
                    "X-Real-IP",
                    "X-Forwarded-Host",
                    "X-Forwarded-Port",
                    "X-Forwarded-Proto",
                    "X-Forwarded-Prefix")
            .map(HeaderNames::name)
            .toList();

    private final List<AddressBlock> trusted;
    private final int ipv6Prefix;

    /** @param ipv6Prefix how many bits of an IPv6 address tell one client from another */
    ClientAddresses(ProxyConfig proxies, int ipv6Prefix) {
        this.trusted = proxies.trusted();
        this.ipv6Prefix = ipv6Prefix;
    }

    /** Whether that peer is a proxy whose word is taken. */
    public boolean isTrusted(InetAddress peer) {
        for (AddressBlock block : trusted) {
            if (block.contains(peer)) {
                return true;
            }
        }
        return false;
    }

    /** What an address is counted by: itself, or the network of an IPv6 address. Holds no slash. */
    public String key(InetAddress address) {
        return address instanceof Inet4Address
                ? address.getHostAddress()
                : AddressBlock.first(address, ipv6Prefix).getHostAddress();
    }

    /** What a request says of where it came from. */
    static String claim(MultiMap headers) {
        return headers.getAll(HeaderNames.X_FORWARDED_FOR) + " " + headers.getAll(HeaderNames.FORWARDED);
    }

    /** Whether a request says that it came by a proxy. */
    static boolean saysForwarded(MultiMap headers) {
        return headers.contains(HeaderNames.X_FORWARDED_FOR) || headers.contains(HeaderNames.FORWARDED);
    }

    /**
     * The client's address of a request that a trusted proxy sent.
     *
     * @return null if the two headers there are for it say different things, so that a client may have written one of
     *     them
     */
    @Nullable
    InetAddress forwarded(InetAddress proxy, MultiMap headers) {
        List<String> simple = headers.getAll(HeaderNames.X_FORWARDED_FOR);
        List<String> standard = headers.getAll(HeaderNames.FORWARDED);
        if (simple.isEmpty() || standard.isEmpty()) {
            return walk(proxy, simple.isEmpty() ? forOf(standard) : split(simple));
        }
        InetAddress found = walk(proxy, split(simple));
        return found.equals(walk(proxy, forOf(standard))) ? found : null;
    }

    private InetAddress walk(InetAddress proxy, List<String> addresses) {
        InetAddress from = proxy;
        for (int i = addresses.size() - 1; i >= 0 && isTrusted(from); i--) {
            InetAddress before = AddressBlock.address(withoutPort(addresses.get(i)));
            if (before == null) {
                break;
            }
            from = before;
        }
        return from;
    }

    private static List<String> split(List<String> lines) {
        List<String> all = new ArrayList<>();
        for (String line : lines) {
            Arrays.stream(line.split(",", -1)).map(String::strip).forEach(all::add);
        }
        return all;
    }

    /** The {@code for} parameters (RFC 7239, section 4); an element without one is an empty text. */
    private static List<String> forOf(List<String> lines) {
        return split(lines).stream()
                .map(element -> Arrays.stream(element.split(";", -1))
                        .map(String::strip)
                        .filter(pair -> pair.toLowerCase(Locale.ROOT).startsWith("for="))
                        .map(pair -> pair.substring(4).replace("\"", ""))
                        .findFirst()
                        .orElse(""))
                .toList();
    }

    private static String withoutPort(String text) {
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            return end < 0 ? text : text.substring(1, end);
        }
        int colon = text.indexOf(':');
        return colon >= 0 && colon == text.lastIndexOf(':') ? text.substring(0, colon) : text;
    }

    /** Lets a request say to its server where it came from in the gateway's words, in place of anybody else's. */
    static void replaceClaims(MultiMap headers, String client, boolean byTrustedProxy) {
        if (byTrustedProxy) {
            headers.remove(HeaderNames.FORWARDED);
        } else {
            CLAIMS.forEach(headers::remove);
        }
        headers.set(HeaderNames.X_FORWARDED_FOR, client);
    }
}
