package io.weir.gateway.edge;

import io.vertx.core.MultiMap;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Origin;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The client without a session that sent the last such request on a connection. It mostly sends the next as well, and
 * to tell it from others takes a digest. Confined to its event loop.
 */
final class LastClient {
    /** What is longer is not remembered: it would be kept for as long as the connection. */
    private static final int MAX_LENGTH = 1_024;

    private @Nullable String @Nullable [] marks;
    private @Nullable Client client;

    /** The client of a request. */
    Client of(String tenant, Origin origin, MultiMap headers) {
        @Nullable String[] said = ClientMarks.of(tenant, origin, headers);
        Client last = client;
        if (last != null && Arrays.equals(said, marks)) {
            return last;
        }
        Client made = Client.ofAddress(tenant, origin.address(), ClientMarks.caller(said));
        boolean kept = length(said) <= MAX_LENGTH;
        marks = kept ? said : null;
        client = kept ? made : null;
        return made;
    }

    private static int length(@Nullable String[] texts) {
        int length = 0;
        for (String text : texts) {
            length += text == null ? 0 : text.length();
        }
        return length;
    }
}
