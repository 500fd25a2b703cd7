package io.weir.examples.compared;

/** What is called within the limits. */
@FunctionalInterface
interface Server {
    String call(byte[] request);
}
