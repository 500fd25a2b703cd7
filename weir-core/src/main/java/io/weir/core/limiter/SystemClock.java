package io.weir.core.limiter;

/** The only type of the core that reads a clock. */
enum SystemClock implements NanoClock {
    INSTANCE;

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }
}
