package io.weir.gateway.mcp;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A version of MCP, as the header {@link McpHeaders#PROTOCOL_VERSION} gives it. Versions are dates; later ones than
 * those known here are taken for what they are, dates after the others. A version that is no date is of the session
 * era: to reject it is the server's right.
 *
 * @param text as it was given
 */
public record ProtocolVersion(String text) {
    /** What an absent header means, and the one version with batches. */
    public static final ProtocolVersion V2025_03_26 = new ProtocolVersion("2025-03-26");

    /** The first version of the stateless era. */
    public static final ProtocolVersion V2026_07_28 = new ProtocolVersion("2026-07-28");

    private static final Pattern DATE = Pattern.compile("\\d{4}-\\d{2}-\\d{2}");

    /** The version that a header's value names; null, an absent header, means {@link #V2025_03_26}. */
    public static ProtocolVersion ofHeader(@Nullable String value) {
        return value == null ? V2025_03_26 : new ProtocolVersion(value);
    }

    /** Whether there are no sessions: no {@code initialize}, GET or DELETE, and a client that leaves has cancelled. */
    public boolean isStateless() {
        return text.compareTo(V2026_07_28.text) >= 0 && DATE.matcher(text).matches();
    }

    /** Whether a body may be an array of messages. */
    public boolean allowsBatches() {
        return equals(V2025_03_26);
    }
}
