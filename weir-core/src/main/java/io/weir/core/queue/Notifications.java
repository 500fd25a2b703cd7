package io.weir.core.queue;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Calls of listeners that were noted under a lock, and are made outside it: in the order in which they were noted, one
 * at a time, without holding any lock. A thread that finds another one at it leaves its calls to that one. Thread-safe.
 */
final class Notifications {
    private final Queue<Runnable> noted = new ConcurrentLinkedQueue<>();
    private final AtomicInteger requests = new AtomicInteger();

    /** Notes a call; an exception of it is swallowed. */
    void add(Runnable call) {
        noted.add(call);
    }

    /** Makes all calls that were noted. To be called outside every lock. */
    void callAll() {
        if (noted.isEmpty() || requests.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            for (Runnable call = noted.poll(); call != null; call = noted.poll()) {
                call(call);
            }
            seen = requests.addAndGet(-seen);
        } while (seen != 0);
    }

    /** The next is called all the same. */
    private static void call(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            // As the listeners promise: a listener's failure is not the message's.
        } catch (Error e) {
            Uncaught.report(e);
        }
    }
}
