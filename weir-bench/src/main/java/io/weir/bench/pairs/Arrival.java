package io.weir.bench.pairs;

/**
 * One call of the traffic, the same in every run.
 *
 * @param atNanos when it is sent, from the beginning
 * @param tenant whose API key it has
 * @param session which of the tenant's sessions, from 0
 * @param tool that is called
 * @param millis that it takes one worker of the server
 * @param cancelAfterMillis after which its client cancels it; 0 for never
 */
record Arrival(long atNanos, String tenant, int session, String tool, int millis, int cancelAfterMillis) {}
