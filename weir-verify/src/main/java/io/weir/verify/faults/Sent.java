package io.weir.verify.faults;

import io.weir.core.Priority;
import io.weir.core.queue.Offer;
import org.jspecify.annotations.Nullable;

/** One message as the model knows it. */
final class Sent {
    enum State {
        OFFERED,
        QUEUED,
        IN_FLIGHT,
        /** Given up: the upstream may go on with it. */
        ABANDONED,
        OVER
    }

    final int number;
    final String tenant;
    final String connection;
    final int messages;
    final long bytes;
    final Priority priority;
    final long ttl;
    final int weight;
    final String work;
    final boolean handlerThrows;
    final boolean executorRejects;
    State state = State.OFFERED;
    boolean hangs;
    boolean cancelled;
    long enteredAt;
    long heldUntil;

    @Nullable
    Offer offer;

    Sent(
            int number,
            String tenant,
            String connection,
            int messages,
            long bytes,
            Priority priority,
            long ttl,
            int weight,
            String work,
            boolean handlerThrows,
            boolean executorRejects) {
        this.number = number;
        this.tenant = tenant;
        this.connection = connection;
        this.messages = messages;
        this.bytes = bytes;
        this.priority = priority;
        this.ttl = ttl;
        this.weight = weight;
        this.work = work;
        this.handlerThrows = handlerThrows;
        this.executorRejects = executorRejects;
    }

    boolean isHeld() {
        return state == State.QUEUED || state == State.IN_FLIGHT;
    }

    long deadline() {
        return enteredAt + ttl;
    }
}
