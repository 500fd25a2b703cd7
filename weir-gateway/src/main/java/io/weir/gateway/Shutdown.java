package io.weir.gateway;

import io.weir.gateway.edge.EdgeVerticle;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets what is under way at the event loops end, for so long and no longer, and then answers what is left. */
final class Shutdown {
    private static final Logger LOG = LoggerFactory.getLogger("weir.gateway");
    private static final long POLL_MILLIS = 20;
    private static final long ANSWER_SECONDS = 1;

    /** What is left when the time is over is answered within this part of it, half a second at the most. */
    private static final int ANSWERING_SHARE = 10;

    private static final long MAX_ANSWERING = TimeUnit.MILLISECONDS.toNanos(500);

    private final List<EdgeVerticle> loops;

    Shutdown(List<EdgeVerticle> loops) {
        this.loops = loops;
    }

    /**
     * What came of the requests that were under way when the gateway was told to stop.
     *
     * @param finished those that ended by themselves
     * @param cutOff those that were answered with an error, because their time was over
     * @param unread those that had not arrived whole, and were refused
     */
    record Outcome(int finished, int cutOff, int unread) {}

    /**
     * Waits, and then ends what is left.
     *
     * @param nanos how long all of this may take
     * @param abandon ends what waits in queues, right before the rest is ended
     */
    Outcome drain(long nanos, Runnable abandon) {
        long start = System.nanoTime();
        sum(loop -> {
            loop.beginDrain();
            return 0;
        });
        int first = sum(EdgeVerticle::inFlight);
        if (first > 0) {
            LOG.info("stopping: waiting for {} pending {}", first, first == 1 ? "request" : "requests");
        }
        long patience = nanos - Math.min(MAX_ANSWERING, nanos / ANSWERING_SHARE);
        int left = first;
        while (left > 0
                && System.nanoTime() - start < patience
                && !Thread.currentThread().isInterrupted()) {
            sleep(POLL_MILLIS);
            left = sum(EdgeVerticle::inFlight);
        }
        abandon.run();
        int unread = sum(EdgeVerticle::abortAll);
        if (left > 0 || unread > 0) {
            LOG.warn(
                    "stopping: {} requests did not end in time and are cut off with an error;"
                            + " {} had not arrived whole and are refused",
                    left,
                    unread);
            // A client that was still sending has to read its answer before the connection is gone.
            sleep(TimeUnit.NANOSECONDS.toMillis(MAX_ANSWERING) / (unread > 0 ? 2 : ANSWERING_SHARE));
        } else {
            sleep(POLL_MILLIS);
        }
        return new Outcome(Math.max(0, first - left), left, unread);
    }

    /** The sum over the loops. A loop that is too busy to answer counts as 1. */
    private int sum(ToIntFunction<EdgeVerticle> asked) {
        AtomicInteger sum = new AtomicInteger();
        CountDownLatch answered = new CountDownLatch(loops.size());
        for (EdgeVerticle loop : loops) {
            loop.run(() -> {
                sum.addAndGet(asked.applyAsInt(loop));
                answered.countDown();
            });
        }
        try {
            boolean all = answered.await(ANSWER_SECONDS, TimeUnit.SECONDS);
            return all ? sum.get() : Math.max(1, sum.get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return sum.get();
        }
    }

    private static void sleep(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
