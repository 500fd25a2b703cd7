package io.weir.core.config;

import java.time.Duration;

/**
 * The hard bounds on pending messages: section {@code queue_limits} of a configuration.
 *
 * <p>A limit of 0 admits nothing. Message limits go up to {@value #MAX_MESSAGES} and byte limits up to
 * {@value #MAX_BYTES}, which is what one 64-bit word per connection can hold.
 *
 * @param maxMessages pending messages of one connection
 * @param maxBytes pending bytes of one connection
 * @param backpressureAction what happens to a message that these limits or the rate reject
 * @param dropSilently whether dropped requests stay unanswered, as in the original module
 * @param enableTenantLimits whether the tenant limits are enforced; tenants are counted either way
 * @param tenantMaxMessages pending messages of one tenant over all its connections
 * @param tenantMaxBytes pending bytes of one tenant over all its connections
 * @param globalMaxMessages pending messages of the process
 * @param globalMaxBytes pending bytes of the process
 * @param controlMaxMessages pending control messages of one connection: those that are never refused
 * @param controlMaxBytes pending control bytes of one connection
 * @param globalControlMaxMessages pending control messages of the process
 * @param globalControlMaxBytes pending control bytes of the process
 * @param cleanupInterval how often idle entries are looked for
 * @param idleTimeout how long a connection that holds nothing is remembered
 */
public record QueueLimitsConfig(
        int maxMessages,
        long maxBytes,
        BackpressureAction backpressureAction,
        boolean dropSilently,
        boolean enableTenantLimits,
        int tenantMaxMessages,
        long tenantMaxBytes,
        int globalMaxMessages,
        long globalMaxBytes,
        int controlMaxMessages,
        long controlMaxBytes,
        int globalControlMaxMessages,
        long globalControlMaxBytes,
        Duration cleanupInterval,
        Duration idleTimeout) {

    /** The largest message limit: 24 bits. */
    public static final int MAX_MESSAGES = (1 << 24) - 1;

    /**
     * The largest byte limit: two bytes less than a TiB. One byte more, beside the most messages, stands for "no
     * amount".
     */
    public static final long MAX_BYTES = (1L << 40) - 2;
}
