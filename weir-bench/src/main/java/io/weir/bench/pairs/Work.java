package io.weir.bench.pairs;

/** Works on calls in real time. Thread-safe. */
interface Work extends AutoCloseable {
    /** Begins a call that takes one worker so long; {@code done} runs on any thread when it is over. */
    void begin(long nanos, Runnable done);

    @Override
    void close();
}
