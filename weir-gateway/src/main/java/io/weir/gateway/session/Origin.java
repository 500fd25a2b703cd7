package io.weir.gateway.session;

import org.jspecify.annotations.Nullable;

/**
 * Where a request comes from.
 *
 * @param address what the client's address is counted by
 * @param connection its TCP connection; null where that is a trusted proxy's, which many clients share
 * @param claim for whom a peer that is not trusted says that it speaks; null if it says nothing
 */
public record Origin(
        String address,
        @Nullable String connection,
        @Nullable String claim) {
    /** Where a request comes from that claims nothing. */
    public Origin(String address, @Nullable String connection) {
        this(address, connection, null);
    }
}
