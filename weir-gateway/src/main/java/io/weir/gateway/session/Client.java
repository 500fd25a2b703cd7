package io.weir.gateway.session;

/**
 * Who offers a message.
 *
 * @param tenant the verified tenant, or {@code default}
 * @param connection the key that its connection limits are counted by
 */
public record Client(String tenant, String connection) {
    /** The tenant of everyone where no credentials are asked for. */
    public static final String DEFAULT_TENANT = "default";
}
