package io.weir.core.queue;

import io.weir.core.state.State;

/** What is known about how long one kind of work takes at an upstream. Not thread-safe. */
final class LatencyProfile implements State.Stateful {
    private static final int SAMPLES = 32;

    /** So many samples make known how long the work takes by nature. */
    private static final int UNLOADED_SAMPLES = 64;

    final OperationLimit limit;
    final LowestMean alone = new LowestMean();

    /** How many have left the upstream, and the time to live of the last, in microseconds. */
    int departed;

    long ttl;
    private final MovingMean latency = new MovingMean(SAMPLES);

    /** The 95th percentile of the latency while the upstream had little to do, in microseconds; 0 until it is known. */
    private long unloaded;

    private int unloadedSamples;

    LatencyProfile(Capacity capacity) {
        this.limit = new OperationLimit(capacity);
    }

    /** Notes that messages have left the upstream, whatever became of them. */
    void left(int messages, long micros, boolean completed, long ttlMicros) {
        departed += messages;
        ttl = ttlMicros;
        if (completed) {
            alone.add(micros);
        }
    }

    /** The mean latency, in microseconds. */
    long cost(long otherwise) {
        long mean = latency.get();
        return mean == 0 ? otherwise : mean;
    }

    /**
     * Notes one latency.
     *
     * @param alone whether the upstream had little else to do: only then does it say how long the work takes by nature
     */
    void learn(long micros, boolean alone) {
        latency.add(micros);
        if (!alone) {
            return;
        }
        unloadedSamples = Math.min(UNLOADED_SAMPLES, unloadedSamples + 1);
        if (unloaded == 0) {
            unloaded = 2 * micros;
        } else {
            // Steps in the ratio of 19 to 1 come to rest where 19 of 20 samples are smaller.
            long step = Math.max(20, unloaded >> 3);
            unloaded = Math.max(1, micros > unloaded ? unloaded + step * 19 / 20 : unloaded - step / 20);
        }
    }

    /**
     * By how much a latency exceeds twice what the work takes by nature, in microseconds; 0 while that is not known.
     */
    long excess(long micros) {
        return unloadedSamples < UNLOADED_SAMPLES ? 0 : Math.max(0, micros - 2 * unloaded);
    }

    @Override
    public void state(State state) {
        state.part("limit", limit);
        state.part("alone", alone);
        departed = state.number("departed", departed);
        ttl = state.number("ttl", ttl);
        state.part("latency", latency);
        unloaded = state.number("unloaded", unloaded);
        unloadedSamples = state.number("unloaded_samples", unloadedSamples);
    }
}
