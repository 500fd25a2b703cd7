package io.weir.gateway.http;

import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.session.Exchange;
import io.weir.gateway.session.Paused;
import org.jspecify.annotations.Nullable;

/** A POST that waits: for its turn, or for its connection to drain. Confined to its event loop. */
final class Hold implements Exchanges.Deadlined {
    /** How long the queue takes is the queue's to say. */
    private static final long NEVER = Long.MAX_VALUE / 2;

    final Exchange exchange;
    final Envelope envelope;
    final byte[] bytes;
    private final Post post;
    private final Paused.@Nullable Place place;
    private final long deadline;

    private Hold(
            Post post,
            Exchange exchange,
            Envelope envelope,
            byte[] bytes,
            Paused.@Nullable Place place,
            long deadline) {
        this.post = post;
        this.exchange = exchange;
        this.envelope = envelope;
        this.bytes = bytes;
        this.place = place;
        this.deadline = deadline;
    }

    /** One that is queued. */
    static Hold queued(Post post, Exchange exchange, Envelope envelope, byte[] bytes, long now) {
        return new Hold(post, exchange, envelope, bytes, null, now + NEVER);
    }

    /** One whose connection is full. */
    static Hold paused(
            Post post, Exchange exchange, Envelope envelope, byte[] bytes, Paused.Place place, long deadline) {
        return new Hold(post, exchange, envelope, bytes, place, deadline);
    }

    boolean isPaused() {
        return place != null;
    }

    /** Is told of nothing any more. */
    void end() {
        if (place != null) {
            place.leave();
        }
    }

    @Override
    public long deadline() {
        return deadline;
    }

    @Override
    public void timeOut(long now) {
        post.refuseHeld(now);
    }

    @Override
    public void abort(long now) {
        post.abortHeld(now);
    }

    @Override
    public boolean holdsShutdown() {
        return true;
    }
}
