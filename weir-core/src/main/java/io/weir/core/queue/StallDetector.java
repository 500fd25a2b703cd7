package io.weir.core.queue;

import io.weir.core.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/*
 * A hung upstream and a busy one look alike to whoever waits: what tells them apart is that a busy one answers
 * something. So a stall takes both: a call that has been in flight for far longer than its operation ever took, and no
 * answer to anything in all that time.
 *
 * One thing looks like that and is none: an upstream that does one call after the other, with a slow call before quick
 * ones. Therefore a call that was dispatched earlier excuses the silence, for as long as its own operation may take.
 *
 * What a stall held up took long as well. That is forgotten as soon as calls are quick again, or the next stall would
 * be no surprise.
 *
 * An operation that never completed a call may take for ever, so its calls prove nothing while they run. But clients do
 * give up: if many of them did, each after seconds, and there was no answer to anything in two minutes, nobody is
 * served whatever the reason.
 */

/**
 * Whether an upstream has stopped to answer. Every operation is O(1); {@link #isStalled} looks at 64 operations at
 * most. Not thread-safe.
 */
final class StallDetector {
    /** A silence is a stall from so much on, and from so many times what the operation ever took. */
    private static final long MIN_SILENCE = TimeUnit.SECONDS.toNanos(4);

    private static final int STALL_FACTOR = 8;

    /**
     * For how long a call excuses the silence of those behind it: so many times what its operation ever took, and so
     * much more.
     */
    private static final int EXCUSE_FACTOR = 2;

    private static final long MIN_EXCUSE = TimeUnit.SECONDS.toNanos(2);
    private static final long UNKNOWN_EXCUSE = TimeUnit.MINUTES.toNanos(2);

    /* What calls of unknown operations must have waited when they were given up, how many, and since when. */
    private static final long UNKNOWN_WAIT = TimeUnit.SECONDS.toNanos(10);
    private static final int UNKNOWN_CALLS = 32;
    private static final long UNKNOWN_SILENCE = TimeUnit.MINUTES.toNanos(2);

    private static final int MAX_EXAMINED = 64;

    private final OperationTable operations = new OperationTable();
    private final long margin;
    private long lastAnswer;

    /** When a stall last ended: what was dispatched before says how long the stall was, and not how long calls take. */
    private long stalledUntil;

    private int epoch;

    /** The operations with calls in flight, the latest first. */
    private @Nullable Operation active;

    private int unknownGivenUp;
    private long unknownSince;

    /** @param marginNanos by how much a silence must exceed eight times what its operation ever took */
    StallDetector(long marginNanos, long now) {
        this.margin = marginNanos;
        this.lastAnswer = now;
        this.stalledUntil = now;
    }

    /** What hardly any call of that operation exceeds, in nanoseconds; 0 while no call of it was completed. */
    long usual(String work) {
        return operations.of(work).usual();
    }

    /** Adds the calls in flight to a forecast, the oldest of each operation first. Returns how many were looked at. */
    int forecast(ReleaseForecast forecast, CostModel costModel, long now) {
        int looked = 0;
        for (Operation each = active; each != null && looked < ReleaseForecast.MAX_CALLS; each = each.nextActive) {
            Offer call = each.oldest;
            long mean = call == null || !each.isKnown() ? 0 : 1000 * costModel.latency(call.operation());
            for (; call != null && looked < ReleaseForecast.MAX_CALLS; call = call.youngerCall) {
                looked++;
                forecast.add(call, mean, each.usual(), now);
            }
        }
        return looked;
    }

    /** Begins anew: what is in flight says nothing any more, unless it is answered. */
    void restart(long now) {
        epoch++;
        active = null;
        answer(now);
    }

    private void answer(long now) {
        lastAnswer = now;
        unknownGivenUp = 0;
    }

    void dispatched(Offer call) {
        Operation operation = operations.of(call.operation());
        if (operation.epoch != epoch) {
            operation.restart(epoch);
        }
        if (operation.oldest == null) {
            enter(operation);
        }
        call.calls = operation;
        call.epoch = epoch;
        operation.add(call);
    }

    private void enter(Operation operation) {
        Operation next = active;
        operation.previousActive = null;
        operation.nextActive = next;
        if (next != null) {
            next.previousActive = operation;
        }
        active = operation;
    }

    private void remove(Offer call) {
        Operation operation = call.calls;
        call.calls = null;
        if (operation == null || call.epoch != epoch) {
            return;
        }
        operation.remove(call);
        if (operation.oldest == null) {
            Operation before = operation.previousActive;
            Operation after = operation.nextActive;
            if (before == null) {
                active = after;
            } else {
                before.nextActive = after;
            }
            if (after != null) {
                after.previousActive = before;
            }
            operation.previousActive = null;
            operation.nextActive = null;
        }
    }

    /** The upstream has answered a call that it had for so long, in time or after it was given up. */
    void answered(Offer call, long now) {
        Operation operation = operations.of(call.operation());
        if (call.epoch != epoch || (operation.isKnown() && now - silentSince(call) > allowed(operation))) {
            stalledUntil = now;
        }
        remove(call);
        operations.completed(call.operation(), now - call.leftAt, call.leftAt - stalledUntil < 0, now);
        answer(now);
    }

    private long silentSince(Offer call) {
        return call.leftAt - lastAnswer > 0 ? call.leftAt : lastAnswer;
    }

    /**
     * A call was given up, or failed.
     *
     * @return whether its age alone is a sign that the upstream hangs
     */
    boolean gaveUp(Offer call, long now) {
        Operation operation = call.calls;
        if (operation == null || call.epoch != epoch) {
            call.calls = null;
            return false;
        }
        long since = silentSince(call);
        boolean overdue = false;
        if (operation.isKnown()) {
            overdue = now - since > allowed(operation) && !isExcused(call.leftAt, now);
            if (now - since > operation.longest()) {
                operation.wasSilentSince(since, lastAnswer);
            }
        } else if (now - since >= UNKNOWN_WAIT) {
            if (unknownGivenUp++ == 0) {
                unknownSince = since;
            }
        }
        remove(call);
        return overdue;
    }

    private long allowed(Operation operation) {
        return Math.max(MIN_SILENCE, STALL_FACTOR * operation.longest() + margin);
    }

    /**
     * Whether something that was dispatched until then may be what keeps the upstream busy. What is overdue itself is
     * not.
     */
    private boolean isExcused(long dispatched, long now) {
        int examined = 0;
        for (Operation each = active; each != null; each = each.nextActive) {
            Offer call = each.oldest;
            if (++examined > MAX_EXAMINED) {
                return true;
            }
            long allowed = each.isKnown() ? EXCUSE_FACTOR * each.longest() + MIN_EXCUSE : UNKNOWN_EXCUSE;
            if (call != null && call.leftAt - dispatched <= 0 && now - call.leftAt <= allowed) {
                return true;
            }
        }
        return false;
    }

    /** Whether the upstream answers nothing any more. Changes nothing. */
    boolean isStalled(long now) {
        if (now - lastAnswer <= MIN_SILENCE) {
            return false;
        }
        if (unknownGivenUp >= UNKNOWN_CALLS && now - unknownSince >= UNKNOWN_SILENCE) {
            return true;
        }
        boolean any = false;
        long earliest = now;
        int examined = 0;
        for (Operation each = active; each != null && examined < MAX_EXAMINED; each = each.nextActive) {
            Offer call = each.oldest;
            examined++;
            if (call != null && each.isKnown()) {
                long since = each.waitingSince(call, lastAnswer);
                // One that waited since before the last answer has waited since its own dispatch for the excuse of
                // others.
                long dispatched = call.leftAt - since < 0 ? call.leftAt : since;
                if (now - since > allowed(each) && (!any || dispatched - earliest < 0)) {
                    any = true;
                    earliest = dispatched;
                }
            }
        }
        return any && !isExcused(earliest, now);
    }

    /** Names all fields. */
    void state(State state, PendingOffers offers) {
        state.part("operations", operations);
        lastAnswer = state.number("last_answer", lastAnswer);
        stalledUntil = state.number("stalled_until", stalledUntil);
        epoch = state.number("epoch", epoch);
        unknownGivenUp = state.number("unknown_given_up", unknownGivenUp);
        unknownSince = state.number("unknown_since", unknownSince);
        List<Operation> inOrder = new ArrayList<>();
        for (Operation each = active; each != null; each = each.nextActive) {
            inOrder.add(each);
        }
        List<Operation> read = new ArrayList<>();
        state.list(
                "active",
                inOrder,
                (each, operation) -> calls(each, operation, offers),
                each -> read.add(calls(each, null, offers)));
        for (int i = read.size() - 1; i >= 0; i--) {
            enter(read.get(i));
        }
    }

    /** The calls in flight of an operation that one may have forgotten meanwhile. */
    private Operation calls(State state, @Nullable Operation known, PendingOffers offers) {
        boolean unknown = state.flag("unknown", known == operations.unknown());
        Operation operation =
                unknown ? operations.unknown() : Objects.requireNonNull(state.shared("calls", known, Operation::empty));
        List<Offer> calls = new ArrayList<>();
        for (Offer call = known == null ? null : known.oldest; call != null; call = call.youngerCall) {
            calls.add(call);
        }
        for (Offer call : offers.numbers(state, "in_flight", calls)) {
            if (known == null) {
                call.calls = operation;
                operation.add(call);
            }
        }
        return operation;
    }
}
