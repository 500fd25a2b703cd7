package io.weir.gateway.edge;

import io.weir.gateway.http.MemoryBudget;

/**
 * What the heads of one connection's requests take: of the one being received, and of those that are not answered yet.
 * What a usual head takes is planned for with each connection; what goes beyond is charged to a budget that all
 * connections share. A head that is not whole can be kept so by its sender for the whole header timeout, so such heads
 * can have half of the budget only. Confined to the connection's event loop.
 */
final class HeadMemory {
    /** Of a head's {@link RequestFraming#heaviestHead}, what is planned for with each connection. */
    static final int PLANNED = 4 * 1024;
    /** Of a request that was sent behind an unanswered one: its objects, whatever its size. */
    static final int PIPELINED = 2 * 1024;

    private final MemoryBudget budget;
    private long held;

    HeadMemory(MemoryBudget budget) {
        this.budget = budget;
    }

    /**
     * Charges what is held now.
     *
     * @param heaviest what the heaviest of the heads takes, in bytes
     * @param requests how many heads have begun whose requests are not answered
     * @param whole whether the last of them has arrived whole
     * @return whether there is room for it; if not, nothing is charged
     */
    boolean hold(int heaviest, int requests, boolean whole) {
        long most =
                requests == 0 ? 0 : Math.max(0, heaviest - PLANNED) + (requests - 1L) * Math.max(heaviest, PIPELINED);
        long more = most - held;
        if (more > 0 && !(whole ? budget.take(more) : budget.takeLeaving(2, more, 0))) {
            return false;
        }
        if (more < 0) {
            budget.giveBack(-more);
        }
        held = most;
        return true;
    }

    /** Gives everything back; for a connection that is closed. */
    void release() {
        budget.giveBack(held);
        held = 0;
    }
}
