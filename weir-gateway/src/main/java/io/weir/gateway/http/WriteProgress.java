package io.weir.gateway.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/**
 * Tells a peer that reads slowly from one that reads nothing. A write queue that is full whenever it is looked at is no
 * evidence: it is filled again as soon as there is room in it. Confined to the channel's event loop.
 */
public final class WriteProgress {
    private long pending;
    private long ofFirst;

    /** Whether the peer has taken anything since this was asked last; true if nothing is left for it. */
    public boolean advanced(Channel channel) {
        ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
        long pendingBefore = pending;
        long ofFirstBefore = ofFirst;
        pending = queue == null ? 0 : queue.totalPendingWriteBytes();
        // What was written of a buffer that is not through is still counted as pending.
        ofFirst = queue == null ? 0 : queue.currentProgress();
        return pending == 0 || pending < pendingBefore || ofFirst != ofFirstBefore;
    }
}
