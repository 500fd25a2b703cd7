package io.weir.cli;

/**
 * What a gateway answered, all at about the same time.
 *
 * @param nanos when, by this JVM's monotonic clock
 * @param ready {@code /readyz}
 * @param limits {@code /limits}
 * @param stats {@code /stats}
 * @param tenants {@code /tenants}
 * @param connections {@code /connections}
 */
record TopSample(long nanos, Object ready, Object limits, Object stats, Object tenants, Object connections) {}
