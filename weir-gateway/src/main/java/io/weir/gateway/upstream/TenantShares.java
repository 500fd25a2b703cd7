package io.weir.gateway.upstream;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/*
 * Dynamic thresholds (Choudhury and Hahne 1998, for shared buffers): a tenant may have one more place while it has
 * fewer than are free. One tenant alone gets half of them, the next half of what is left, and so on: whoever comes
 * finds a place at once, unless several tenants take all they may. Of those that wait, the tenant with the fewest
 * places is next.
 */

/** Shares the places for control messages at one upstream between tenants. Thread-safe. */
final class TenantShares {
    private final int places;
    private final int maxWaitingOfTenant;
    private final int maxWaiting;

    @GuardedBy("this")
    private final Map<String, Tenant> tenants = new LinkedHashMap<>();

    @GuardedBy("this")
    private int used;

    @GuardedBy("this")
    private int waiting;

    private volatile boolean someWait;

    TenantShares(int places, int maxWaitingOfTenant, int maxWaiting) {
        this.places = places;
        this.maxWaitingOfTenant = maxWaitingOfTenant;
        this.maxWaiting = maxWaiting;
    }

    private enum Entry {
        PLACE,
        WAITS,
        REFUSED
    }

    private static final class Tenant {
        final Set<Turn> turns = new LinkedHashSet<>();
        int held;
    }

    /** A tenant's place, or its wait for one. */
    final class Turn {
        private final String tenant;
        private final long deadline;
        private final Runnable entered;
        private final Consumer<NoConnectionException> refused;
        private boolean holds;

        private Turn(String tenant, long deadline, Runnable entered, Consumer<NoConnectionException> refused) {
            this.tenant = tenant;
            this.deadline = deadline;
            this.entered = entered;
            this.refused = refused;
        }

        /**
         * Takes a place, or begins to wait for one.
         *
         * @return whether it has a place; if not, one of the two is told later on any thread, or {@code refused} at
         *     once
         */
        boolean enter() {
            Entry entry = tryEnter(this);
            if (entry == Entry.REFUSED) {
                refused.accept(new NoConnectionException("too many control messages wait for it already"));
            }
            return entry == Entry.PLACE;
        }

        /** Gives the place or the wait up. Again changes nothing. */
        void leave() {
            TenantShares.this.leave(this);
        }
    }

    /**
     * A turn that {@link Turn#enter} begins.
     *
     * @param deadline until when it waits, in nanoseconds of the monotonic clock
     * @param entered is told, once, when it has waited and there is a place
     * @param refused is told instead that there is none
     */
    Turn turn(String tenant, long deadline, Runnable entered, Consumer<NoConnectionException> refused) {
        return new Turn(tenant, deadline, entered, refused);
    }

    private synchronized Entry tryEnter(Turn turn) {
        Tenant tenant = tenants.computeIfAbsent(turn.tenant, name -> new Tenant());
        if (tenant.turns.isEmpty() && tenant.held < places - used) {
            take(turn, tenant);
            return Entry.PLACE;
        }
        if (tenant.turns.size() >= maxWaitingOfTenant || waiting >= maxWaiting) {
            forgetIfUnused(turn.tenant, tenant);
            return Entry.REFUSED;
        }
        tenant.turns.add(turn);
        countWaiting(1);
        return Entry.WAITS;
    }

    @GuardedBy("this")
    private void take(Turn turn, Tenant tenant) {
        turn.holds = true;
        tenant.held++;
        used++;
    }

    @GuardedBy("this")
    private void countWaiting(int change) {
        waiting += change;
        someWait = waiting > 0;
    }

    @GuardedBy("this")
    private void forgetIfUnused(String name, Tenant tenant) {
        if (tenant.held == 0 && tenant.turns.isEmpty()) {
            tenants.remove(name);
        }
    }

    private void leave(Turn turn) {
        List<Turn> next = new ArrayList<>();
        synchronized (this) {
            Tenant tenant = tenants.get(turn.tenant);
            if (tenant == null) {
                return;
            }
            if (turn.holds) {
                turn.holds = false;
                tenant.held--;
                used--;
            } else if (tenant.turns.remove(turn)) {
                countWaiting(-1);
            }
            forgetIfUnused(turn.tenant, tenant);
            Turn each;
            while ((each = nextTurn()) != null) {
                next.add(each);
            }
        }
        next.forEach(each -> each.entered.run());
    }

    @GuardedBy("this")
    private @Nullable Turn nextTurn() {
        Tenant fewest = null;
        if (waiting > 0) {
            for (Tenant tenant : tenants.values()) {
                boolean may = !tenant.turns.isEmpty() && tenant.held < places - used;
                if (may && (fewest == null || tenant.held < fewest.held)) {
                    fewest = tenant;
                }
            }
        }
        if (fewest == null) {
            return null;
        }
        Iterator<Turn> first = fewest.turns.iterator();
        Turn next = first.next();
        first.remove();
        countWaiting(-1);
        take(next, fewest);
        return next;
    }

    /** Ends the wait of those that have waited until {@code now}. */
    void expire(long now) {
        if (!someWait) {
            return;
        }
        List<Turn> late = new ArrayList<>();
        synchronized (this) {
            Iterator<Map.Entry<String, Tenant>> each = tenants.entrySet().iterator();
            while (each.hasNext()) {
                Tenant tenant = each.next().getValue();
                Iterator<Turn> turns = tenant.turns.iterator();
                while (turns.hasNext()) {
                    Turn turn = turns.next();
                    if (now - turn.deadline >= 0) {
                        turns.remove();
                        countWaiting(-1);
                        late.add(turn);
                    }
                }
                if (tenant.held == 0 && tenant.turns.isEmpty()) {
                    each.remove();
                }
            }
        }
        late.forEach(turn -> turn.refused.accept(new NoConnectionException(
                "all places for control messages were in use, and none became free in time")));
    }
}
