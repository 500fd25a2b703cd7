package io.weir.core.limiter;

/**
 * A monotonic clock. Thread-safe.
 *
 * <pre>{@code
 * AtomicLong now = new AtomicLong(); // a test's own time
 * Limiter limiter = Limiter.builder().clock(now::get).build();
 * }</pre>
 */
@FunctionalInterface
public interface NanoClock {
    /** The time in nanoseconds since an arbitrary origin. Only differences have a meaning; a step back is ignored. */
    long nanoTime();

    /** The clock of the JVM: {@link System#nanoTime}. */
    static NanoClock system() {
        return SystemClock.INSTANCE;
    }
}
