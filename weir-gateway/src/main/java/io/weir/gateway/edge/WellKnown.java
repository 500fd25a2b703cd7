package io.weir.gateway.edge;

import org.jspecify.annotations.Nullable;

/**
 * A path at which OAuth metadata is asked for: one of two names, and behind it the path of the MCP server that it is
 * about (RFC 9728, section 3.1; RFC 8414, section 3.1). Without that, it is about the one server that there is at
 * {@code /mcp}.
 *
 * @param name the path up to there, without a slash at the end
 * @param resourcePath the path of the MCP server, without a slash at the end
 */
record WellKnown(String name, String resourcePath) {
    /** What a protected resource says of itself. */
    static final String RESOURCE = "/.well-known/oauth-protected-resource";

    /** What the authorization server says that an MCP server of revision 2025-03-26 is itself. */
    private static final String SERVER = "/.well-known/oauth-authorization-server";

    private static final String ONLY_SERVER = "/mcp";

    /** What is asked for at that path; null if it is no metadata. */
    static @Nullable WellKnown at(@Nullable String path) {
        if (path == null) {
            return null;
        }
        WellKnown found = at(path, RESOURCE);
        return found == null ? at(path, SERVER) : found;
    }

    private static @Nullable WellKnown at(String path, String name) {
        if (!path.startsWith(name)) {
            return null;
        }
        String rest = path.substring(name.length());
        if (rest.isEmpty() || rest.equals("/")) {
            return new WellKnown(name, ONLY_SERVER);
        }
        boolean slash = rest.endsWith("/");
        return rest.startsWith("/") ? new WellKnown(name, slash ? rest.substring(0, rest.length() - 1) : rest) : null;
    }

    /** Whether it is about the resource, and not about the authorization server. */
    boolean ofResource() {
        return name.equals(RESOURCE);
    }
}
