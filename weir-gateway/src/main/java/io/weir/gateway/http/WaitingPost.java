package io.weir.gateway.http;

import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.session.Exchange;
import io.weir.gateway.session.Payload;

/** A POST that waits for its turn. Confined to its event loop. */
final class WaitingPost implements InFlightSet.HasDeadline {
    /** How long the queue takes is the queue's to say. */
    private static final long NEVER = Long.MAX_VALUE / 2;

    final Exchange exchange;
    final Envelope envelope;
    final Payload bytes;
    private final PostHandler post;
    private final long deadline;

    WaitingPost(PostHandler post, Exchange exchange, Envelope envelope, Payload bytes, long now) {
        this.post = post;
        this.exchange = exchange;
        this.envelope = envelope;
        this.bytes = bytes;
        this.deadline = now + NEVER;
    }

    @Override
    public long deadline() {
        return deadline;
    }

    @Override
    public void timeOut(long now) {
        post.refuseHeld(now);
    }

    /** The queue was closed before, and tells the sender. */
    @Override
    public void abort(long now) {}

    @Override
    public boolean holdsShutdown() {
        return true;
    }
}
