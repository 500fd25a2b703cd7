package io.weir.sim.run;

/**
 * How much was pending at the most, looked at after every single admission.
 *
 * @param messages in all
 * @param bytes in all
 * @param messagesOfConnection of any one connection
 * @param bytesOfConnection of any one connection
 * @param messagesOfTenant of any one tenant
 * @param bytesOfTenant of any one tenant
 */
public record Peaks(
        long messages,
        long bytes,
        long messagesOfConnection,
        long bytesOfConnection,
        long messagesOfTenant,
        long bytesOfTenant) {}
