package io.weir.config;

import java.util.List;

/**
 * Which peers are proxies in front of the gateway, whose word on the address of a client is taken. Immutable.
 *
 * @param trusted the addresses of these proxies
 * @param proxyProtocol whether connections from them begin with a header of the PROXY protocol, version 1 or 2; else
 *     the client's address is taken from {@code X-Forwarded-For} or {@code Forwarded}
 */
public record ProxyConfig(List<AddressBlock> trusted, boolean proxyProtocol) {
    /** Nobody's word is taken. */
    public static final ProxyConfig NONE = new ProxyConfig(List.of(), false);
}
