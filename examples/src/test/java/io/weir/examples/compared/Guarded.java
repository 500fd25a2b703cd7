package io.weir.examples.compared;

/** Calls a server within limits: of one session, 10 calls at once and 20 a second. */
@FunctionalInterface
interface Guarded {
    /** The server's response, or a line that begins with {@code rejected}. */
    String call(String tenant, String session, byte[] request);
}
