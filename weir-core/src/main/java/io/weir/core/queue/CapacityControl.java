package io.weir.core.queue;

import java.util.concurrent.TimeUnit;

/*
 * An upstream that works on k messages at once finishes no more of them for having more than k, and fewer for having less. Which of the
 * two it is shows when the capacity changes while messages wait: throughput follows, or it does not. So the controller measures
 * throughput over windows in which something always waited, and
 *   - climbs: doubles the capacity for as long as throughput grows by a quarter or more;
 *   - descends, if the first doubling brought nothing: halves it for as long as throughput stays within a seventh, and then settles for
 *     half as much again as what was last enough;
 *   - holds, until throughput changes by a quarter, or to see at intervals whether a climb would bring something.
 * It needs no notion of how long work takes unloaded, which would drift; it grows on evidence alone, so never without end;
 * and it goes below what is enough once each time it descends, for one window, and not to look for more.
 */

/** How many messages an upstream may have in flight. Not thread-safe but for {@link #limit}. */
final class CapacityControl {
    private static final int FIRST = 16;
    private static final int ENOUGH_SAMPLES = 256;
    private static final long SHORTEST = TimeUnit.MILLISECONDS.toMicros(100);
    private static final long LONG = TimeUnit.SECONDS.toMicros(1);
    private static final int WINDOWS_BETWEEN_CLIMBS = 32;

    private enum Phase {
        MEASURE,
        CLIMB,
        DESCEND,
        HOLD
    }

    private final Capacity capacity;
    private volatile int limit;

    private Phase phase = Phase.MEASURE;
    /** What has been enough so far. */
    private int enough;

    /** Where the attempt under way began: a descent ends no higher. */
    private int ceiling;

    private boolean mayDescend = true;
    private int windowsHeld;
    private int changes;

    private Sample reference = Sample.NONE;

    /* The window under way. */
    private int toSkip;
    private long begun;
    private int finished;
    private int finishedMessages;
    private long latencies;

    /** A throughput: messages in so many microseconds. */
    private record Sample(long messages, long micros) {
        static final Sample NONE = new Sample(0, 1);

        /** Whether this throughput is at least so many hundredths of the other. */
        boolean isAtLeast(Sample other, int percent) {
            return 100 * messages * other.micros >= percent * other.messages * micros;
        }
    }

    CapacityControl(Capacity capacity) {
        this.capacity = capacity;
        this.limit = capacity.adaptive() ? Math.min(FIRST, capacity.limit()) : capacity.limit();
        this.toSkip = limit;
    }

    int limit() {
        return limit;
    }

    /**
     * Notes that the upstream has finished messages.
     *
     * @param latencyMicros how long it had them
     * @param waiting whether others waited at that time, so that it had as many as it may have
     */
    void finished(int messages, long latencyMicros, boolean waiting, long nowMicros) {
        if (!capacity.adaptive()) {
            return;
        }
        if (!waiting) {
            abandonWindow();
            return;
        }
        if (toSkip > 0) {
            toSkip--;
            begin(nowMicros);
            return;
        }
        finished++;
        finishedMessages += messages;
        latencies += latencyMicros;
        long passed = nowMicros - begun;
        long latency = latencies / finished;
        boolean enoughSamples = finished >= ENOUGH_SAMPLES || (passed >= LONG && finished >= Math.min(limit, 64));
        if (enoughSamples && passed >= Math.max(SHORTEST, latency)) {
            decide(new Sample(finishedMessages, passed));
            begin(nowMicros);
        }
    }

    private void begin(long nowMicros) {
        begun = nowMicros;
        finished = 0;
        finishedMessages = 0;
        latencies = 0;
    }

    /** The upstream has places to spare: what is being measured says nothing, and an attempt under way is given up. */
    private void abandonWindow() {
        toSkip = Math.max(1, toSkip);
        if (phase == Phase.CLIMB || phase == Phase.DESCEND) {
            change(enough, Phase.HOLD);
        }
    }

    private void decide(Sample now) {
        switch (phase) {
            case MEASURE -> climb(now, true);
            case CLIMB -> climbed(now);
            case DESCEND -> descended(now);
            case HOLD -> held(now);
        }
    }

    private void climb(Sample now, boolean descendsAfterwards) {
        reference = now;
        enough = limit;
        ceiling = limit;
        mayDescend = descendsAfterwards;
        if (limit < capacity.limit()) {
            change(Math.min(capacity.limit(), 2 * limit), Phase.CLIMB);
        } else {
            fallBack(now);
        }
    }

    private void climbed(Sample now) {
        if (now.isAtLeast(reference, 125)) {
            climb(now, false);
        } else {
            fallBack(now);
        }
    }

    /** Twice as many bring little, so half as many may do; if they bring a little, half as many again is the middle. */
    private void fallBack(Sample now) {
        if (mayDescend && enough > 1) {
            change(enough / 2, Phase.DESCEND);
        } else {
            hold(now.isAtLeast(reference, 110) ? Math.min(limit, (3 * enough + 1) / 2) : enough);
        }
    }

    private void descended(Sample now) {
        if (now.isAtLeast(reference, 86)) {
            enough = limit;
            if (limit > 1) {
                change(limit / 2, Phase.DESCEND);
                return;
            }
        }
        hold(Math.min(ceiling, (3 * enough + 1) / 2));
    }

    private void hold(int settled) {
        change(settled, Phase.HOLD);
        reference = Sample.NONE;
        windowsHeld = 0;
        changes = 0;
    }

    private void held(Sample now) {
        windowsHeld++;
        if (reference.messages() == 0) {
            reference = now;
        } else if (!now.isAtLeast(reference, 75)) {
            changed(now, true);
        } else if (!reference.isAtLeast(now, 75)) {
            changed(now, false);
        } else {
            changes = 0;
            if (windowsHeld >= WINDOWS_BETWEEN_CLIMBS) {
                climb(now, false);
            }
        }
    }

    /** Throughput has changed; once may be chance. */
    private void changed(Sample now, boolean fell) {
        if (++changes >= 2) {
            climb(now, fell);
        }
    }

    private void change(int to, Phase next) {
        phase = next;
        if (to != limit) {
            limit = to;
            toSkip = limit;
        }
    }
}
