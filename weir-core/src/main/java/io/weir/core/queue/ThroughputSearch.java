package io.weir.core.queue;

import io.weir.core.state.State;
import java.util.concurrent.TimeUnit;

/*
 * An upstream that works on k messages at once finishes no more of them for having more than k, and fewer for having
 * less. Which of the two it is shows when the limit changes while messages wait: throughput follows, or it does not.
 * So the search measures throughput over windows in which the upstream had nearly all it may have, and
 *   - descends at first, and where throughput has fallen: takes a third away for as long as throughput stays within a
 *     seventh, and settles for a little more than half as much again as what was last enough;
 *   - climbs: doubles the limit for as long as throughput grows by a quarter or more;
 *   - holds, until throughput has changed by a quarter, or to look upwards at intervals, and downwards for as long as
 *     it is not sure that less would not do.
 * A window near a threshold goes on for longer, and one far from it ends early. It needs no notion of how long work
 * takes unloaded, which would drift; it grows on evidence alone, so never without end; and when it goes below what is
 * enough, it is for a part of a window.
 */

/** The fewest messages in flight with which an upstream finishes as many as it can. Not thread-safe. */
final class ThroughputSearch implements State.Stateful {
    private static final int FEW_SAMPLES = 64;
    private static final int ENOUGH_SAMPLES = 256;
    private static final int MAX_SAMPLES = 1024;
    private static final long MIN_ROUND = TimeUnit.MILLISECONDS.toMicros(100);
    private static final long LONG = TimeUnit.SECONDS.toMicros(1);

    /** A window says something if at most an eighth of its messages, or so few, left places free. */
    private static final int SPARE_PART = 8;

    private static final int MAX_SPARE = 4;

    private static final int ENOUGH_CONFIRMATIONS = 2;
    private static final int MIN_WINDOWS = 2;
    private static final int MAX_WINDOWS = 16;

    private enum Phase {
        CLIMB,
        DESCEND,
        /** Where a descent began that was one too many: to climb from there. */
        RETURN,
        HOLD
    }

    private final int most;
    private int limit;

    private Phase phase = Phase.DESCEND;
    /** What has been enough so far. */
    private int enough;

    /** Where the attempt under way began: a descent ends no higher. */
    private int ceiling;

    private int windowsHeld;
    private int windowsUntilNext = MIN_WINDOWS;
    private int changes;

    /** Whether what comes next if this attempt fails at once is a climb. */
    private boolean climbsNext = true;

    /** How often it has shown that less would not do. */
    private int confirmations;

    private Sample reference = Sample.NONE;

    /* The window under way. */
    private int toSkip;
    private long begun;
    private int finished;
    private int spare;
    private int finishedMessages;
    private long latencies;

    /** A throughput: messages in so many microseconds. */
    private record Sample(long messages, long micros) {
        static final Sample NONE = new Sample(0, 1);

        /** This one and, with less weight, a later one. */
        Sample and(Sample later) {
            return messages < MAX_SAMPLES
                    ? new Sample(messages + later.messages, micros + later.micros)
                    : new Sample(messages * 3 / 4 + later.messages, micros * 3 / 4 + later.micros);
        }

        /** Whether this throughput is at least so many hundredths of the other. */
        boolean isAtLeast(Sample other, int percent) {
            return 100 * messages * other.micros >= percent * other.messages * micros;
        }
    }

    /**
     * Begins below {@code start}, and never goes beyond {@code most}.
     *
     * @param messages how many the upstream finished with {@code start} in flight, in {@code micros} microseconds
     */
    ThroughputSearch(int most, int start, long messages, long micros) {
        this.most = most;
        this.limit = Math.min(start, most);
        this.toSkip = limit;
        descend(new Sample(messages, micros));
    }

    int limit() {
        return limit;
    }

    /**
     * Notes that the upstream has finished messages.
     *
     * @param latencyMicros how long it had them
     * @param inFlight how many it had
     */
    void finished(int messages, long latencyMicros, int inFlight, long nowMicros) {
        boolean full = inFlight >= limit - limit / 8;
        if (toSkip > 0) {
            toSkip--;
            begin(nowMicros);
            return;
        }
        finished++;
        if (!full && ++spare > MAX_SPARE && SPARE_PART * spare > finished) {
            giveUp();
            begin(nowMicros);
            return;
        }
        finishedMessages += messages;
        latencies += latencyMicros;
        long passed = nowMicros - begun;
        Sample sample = new Sample(finishedMessages, passed);
        if ((isWhole(passed) && !isDoubtful(sample)) || isHopeless(sample)) {
            decide(sample);
            begin(nowMicros);
        }
    }

    private boolean isWhole(long passed) {
        boolean enoughSamples =
                finished >= ENOUGH_SAMPLES || (passed >= LONG && finished >= Math.min(limit, FEW_SAMPLES));
        return enoughSamples && passed >= Math.max(MIN_ROUND, latencies / finished);
    }

    /** Near the threshold, chance decides: then the window goes on. */
    private boolean isDoubtful(Sample sample) {
        if (finished >= MAX_SAMPLES) {
            return false;
        }
        return switch (phase) {
            case DESCEND -> sample.isAtLeast(reference, 78) && !sample.isAtLeast(reference, 94);
            case CLIMB -> sample.isAtLeast(reference, 116) && !sample.isAtLeast(reference, 134);
            case RETURN, HOLD -> false;
        };
    }

    /** Far from the threshold, neither the upstream nor its messages need suffer until the window is whole. */
    private boolean isHopeless(Sample sample) {
        if (finished < FEW_SAMPLES) {
            return false;
        }
        return phase == Phase.DESCEND
                ? !sample.isAtLeast(reference, 65)
                : phase == Phase.CLIMB && !sample.isAtLeast(reference, 108);
    }

    private void begin(long nowMicros) {
        begun = nowMicros;
        finished = 0;
        spare = 0;
        finishedMessages = 0;
        latencies = 0;
    }

    /** The upstream has places to spare: what is being measured says nothing, and an attempt under way is given up. */
    private void giveUp() {
        if (phase == Phase.CLIMB || phase == Phase.DESCEND) {
            hold(ceiling);
        }
    }

    private void decide(Sample now) {
        switch (phase) {
            case CLIMB -> climbed(now);
            case DESCEND -> descended(now);
            case RETURN -> climb(now);
            case HOLD -> held(now);
        }
    }

    private void begin(Sample now) {
        reference = now;
        enough = limit;
        ceiling = limit;
    }

    private void descend(Sample now) {
        begin(now);
        if (limit > 1) {
            change(2 * limit / 3, Phase.DESCEND);
        } else {
            climb(now);
        }
    }

    private void descended(Sample now) {
        boolean first = enough == ceiling;
        if (now.isAtLeast(reference, 86)) {
            reference = reference.and(now);
            enough = limit;
            if (limit > 1) {
                change(2 * limit / 3, Phase.DESCEND);
                return;
            }
            first = false;
        }
        if (!first) {
            confirmations = ENOUGH_CONFIRMATIONS;
            hold(Math.min(ceiling, 3 * enough / 2 + 1));
            return;
        }
        confirmations++;
        if (climbsNext) {
            change(enough, Phase.RETURN);
        } else {
            hold(enough);
        }
    }

    private void climb(Sample now) {
        begin(now);
        if (limit < most) {
            change(Math.min(most, 2 * limit), Phase.CLIMB);
        } else {
            hold(limit);
        }
    }

    private void climbed(Sample now) {
        if (now.isAtLeast(reference, 125)) {
            confirmations = 0;
            climb(now);
        } else {
            hold(now.isAtLeast(reference, 110) ? Math.min(limit, (3 * enough + 1) / 2) : enough);
        }
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
            return;
        }
        if (!now.isAtLeast(reference, 75)) {
            changed(now, true);
        } else if (!reference.isAtLeast(now, 75)) {
            changed(now, false);
        } else {
            changes = 0;
            reference = reference.and(now);
            if (windowsHeld >= windowsUntilNext) {
                tryNext();
            }
        }
    }

    /** Looks upwards, and downwards for as long as it is not sure that less would not do; less and less often. */
    private void tryNext() {
        windowsUntilNext = Math.min(MAX_WINDOWS, 2 * windowsUntilNext);
        climbsNext = !climbsNext || confirmations >= ENOUGH_CONFIRMATIONS;
        if (climbsNext) {
            climb(reference);
        } else {
            descend(reference);
        }
    }

    /** Throughput has changed; once may be chance. */
    private void changed(Sample now, boolean fell) {
        if (++changes >= 2) {
            windowsUntilNext = MIN_WINDOWS;
            climbsNext = true;
            confirmations = 0;
            if (fell) {
                descend(now);
            } else {
                climb(now);
            }
        }
    }

    private void change(int to, Phase next) {
        phase = next;
        if (to != limit) {
            limit = to;
            toSkip = limit;
        }
    }

    @Override
    public void state(State state) {
        limit = state.number("limit", limit);
        phase = state.constant("phase", phase);
        enough = state.number("enough", enough);
        ceiling = state.number("ceiling", ceiling);
        windowsHeld = state.number("windows_held", windowsHeld);
        windowsUntilNext = state.number("windows_until_next", windowsUntilNext);
        changes = state.number("changes", changes);
        climbsNext = state.flag("climbs_next", climbsNext);
        confirmations = state.number("confirmations", confirmations);
        reference = new Sample(
                state.number("reference_messages", reference.messages()),
                state.number("reference_micros", reference.micros()));
        toSkip = state.number("to_skip", toSkip);
        begun = state.number("begun", begun);
        finished = state.number("finished", finished);
        spare = state.number("spare", spare);
        finishedMessages = state.number("finished_messages", finishedMessages);
        latencies = state.number("latencies", latencies);
    }
}
