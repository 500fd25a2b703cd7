package io.weir.gateway.session;

/**
 * Who offers a message.
 *
 * @param tenant the verified tenant, or {@code default}
 * @param connection the key that its connection limits are counted by: a session, else the address
 * @param address the address that it came from; of a session, the one that opened it
 * @param caller without a session, what tells clients of one address apart, as far as that is possible; else empty.
 *     Nothing is counted by it
 */
public record Client(String tenant, String connection, String address, String caller) {
    /** The tenant of everyone where no credentials are asked for. */
    public static final String DEFAULT_TENANT = "default";

    /** Whose requests belong to no client: a share of connections of its own, since no tenant has an empty name. */
    public static final Client NOBODY = ofAddress("", "", "");

    private static final int SHOWN_OF_A_SESSION = 8;

    /**
     * A client without a session. All of them with one address are counted together, however many TCP connections they
     * have.
     */
    public static Client ofAddress(String tenant, String address, String caller) {
        return new Client(tenant, address, address, caller);
    }

    /**
     * A connection's key as it may be shown in logs and statistics: of a session's id only the beginning, since whoever
     * knows it all can use the session.
     */
    public static String shown(String connection) {
        int end = connection.indexOf('/') + 1 + SHOWN_OF_A_SESSION;
        return connection.indexOf('/') < 0 || connection.length() <= end
                ? connection
                : connection.substring(0, end) + "...";
    }
}
