package io.weir.core.queue;

import io.weir.core.Scope;
import io.weir.core.admission.Connection;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/*
 * A call is expected to end when it has taken as long as calls of its operation take in the mean; one that has taken
 * longer, when it has taken as long as hardly any does. What is needed are some of the calls in flight, whichever end
 * first. Times vary, so the forecast waits for a few more than are needed: where calls end at random, two more and the
 * square root of the number make nine of ten forecasts come true.
 */

/** When calls in flight will end, as far as their age and their operation's history tell. Not thread-safe. */
final class ReleaseForecast {
    /** More calls in flight are not looked at: the oldest of each operation are. */
    static final int MAX_CALLS = 4096;

    private static final int INDEX_BITS = 12;
    private static final int INDEX = MAX_CALLS - 1;

    /** What is taken for the time of a call whose operation never completed one, at least. */
    private static final long UNKNOWN = TimeUnit.SECONDS.toNanos(1);

    private static final long NANOS_PER_MICRO = 1000;

    /** Nine of ten exponentially distributed times are less than 2.3 times their mean. */
    private static final int HIGH_QUARTERS = 9;

    private static final int MIN_SPARE = 2;

    /** Clients are told to come back at four fifths of the rate at which calls end. */
    private static final int INTERVAL_QUARTERS = 5;

    private static final int SPREAD_OF_UNKNOWN = 16;

    /** Microseconds to the end of each call, above its index. */
    private long[] ends = new long[64];

    /** What each call holds of the limit, by its index. */
    private long[] amounts = new long[64];

    private Scope scope = Scope.GLOBAL;
    private @Nullable Connection connection;
    private @Nullable TenantFlow tenant;
    private boolean bytes;
    private int calls;
    private long meanSum;

    /** By how much the time of the last call may exceed its mean; nanoseconds. */
    private long maxSpread;

    private long first;
    private long interval;

    /**
     * Begins anew.
     *
     * @param of whose limit it is: that of the connection, of the tenant or of all
     * @param itsTenant for the limit of a tenant
     * @param inBytes whether it limits bytes; else messages
     */
    void begin(Scope of, Connection itsConnection, @Nullable TenantFlow itsTenant, boolean inBytes) {
        scope = of;
        connection = itsConnection;
        tenant = itsTenant;
        bytes = inBytes;
        calls = 0;
        meanSum = 0;
        maxSpread = 0;
    }

    /**
     * Adds a call in flight, if it counts against the limit.
     *
     * @param mean how long calls of its operation take, nanoseconds; 0 if none was completed yet
     * @param usual what hardly any of them exceeds, nanoseconds
     */
    void add(Offer call, long mean, long usual, long now) {
        boolean counts = switch (scope) {
            case CONNECTION -> call.connection() == connection;
            case TENANT -> call.tenant == tenant;
            default -> true;
        };
        if (counts) {
            add(now - call.leftAt, mean, usual, bytes ? call.bytes() : call.messages());
        }
    }

    private void add(long age, long mean, long usual, long amount) {
        long high = Math.max(mean, Math.min(usual, mean * HIGH_QUARTERS / 4));
        long left;
        if (mean == 0) {
            left = Math.max(UNKNOWN, age);
        } else if (age < mean) {
            left = mean - age;
        } else {
            left = age < high ? high - age : age / 2;
        }
        if (calls == ends.length) {
            ends = Arrays.copyOf(ends, 2 * calls);
            amounts = Arrays.copyOf(amounts, 2 * calls);
        }
        long micros = Math.min(RetrySlots.MAX_RETRY_AFTER, left) / NANOS_PER_MICRO;
        ends[calls] = micros << INDEX_BITS | calls;
        amounts[calls] = amount;
        calls++;
        meanSum += Math.min(RetrySlots.MAX_RETRY_AFTER, mean == 0 ? left : mean);
        maxSpread = Math.max(maxSpread, high - mean);
    }

    /** Whether no call in flight counts against the limit. */
    boolean isEmpty() {
        return calls == 0;
    }

    /** Computes {@link #first} and {@link #interval} of a limit that lacks so much. */
    void compute(long lacking) {
        if (calls == 0) {
            first = UNKNOWN;
            interval = UNKNOWN / SPREAD_OF_UNKNOWN;
            return;
        }
        interval = meanSum / calls * INTERVAL_QUARTERS / 4 / calls;
        Arrays.sort(ends, 0, calls);
        int ended = 0;
        int root = 0;
        long released = 0;
        while (ended < calls && released < lacking) {
            released += amounts[(int) ends[ended] & INDEX];
            ended++;
            root += (root + 1) * (root + 1) <= ended ? 1 : 0;
        }
        if (released < lacking) {
            // What is needed besides waits itself, and ends at the rate at which the others do.
            long perCall = Math.max(1, released / calls);
            first = end(calls - 1) + maxSpread + saturated((lacking - released) / perCall + 1, interval);
            return;
        }
        int spare = ended - 1 + MIN_SPARE + root;
        first = spare < calls ? end(spare) : end(calls - 1) + maxSpread;
    }

    private static long saturated(long times, long nanos) {
        return times > RetrySlots.MAX_RETRY_AFTER / Math.max(1, nanos) ? RetrySlots.MAX_RETRY_AFTER : times * nanos;
    }

    private long end(int place) {
        return (ends[place] >>> INDEX_BITS) * NANOS_PER_MICRO;
    }

    /** When what lacks is expected to have been released, in nanoseconds from now. */
    long first() {
        return first;
    }

    /** After which time another call may follow, in nanoseconds. */
    long interval() {
        return interval;
    }
}
