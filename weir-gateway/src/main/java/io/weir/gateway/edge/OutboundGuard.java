package io.weir.gateway.edge;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.weir.config.MemoryPlan;
import io.weir.gateway.http.ConnectionReset;
import io.weir.gateway.http.MemoryBudget;

/**
 * Budgets what one client that does not read keeps in memory. From when the connection's write queue is full until it
 * has drained or the connection is gone, its share of the budget is taken; if there is none left, the connection is
 * reset. Confined to its event loop.
 */
public final class OutboundGuard extends ChannelInboundHandlerAdapter {
    private final MemoryBudget budget;
    private final long share;
    private final Runnable refused;
    private boolean held;

    /**
     * A guard of one connection.
     *
     * @param outboundBytes the size of its write queue
     * @param refused is run when the budget has no share left
     */
    public OutboundGuard(MemoryBudget budget, int outboundBytes, Runnable refused) {
        this.budget = budget;
        this.share = outboundBytes + MemoryPlan.PAUSED_UPSTREAM;
        this.refused = refused;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            giveBack();
        } else if (!held) {
            take(ctx.channel());
        }
        ctx.fireChannelWritabilityChanged();
    }

    private void take(Channel channel) {
        held = budget.take(share);
        if (!held) {
            refused.run();
            // Not now: this is called from the midst of a write.
            channel.eventLoop().execute(() -> ConnectionReset.now(channel));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        giveBack();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        giveBack();
    }

    private void giveBack() {
        if (held) {
            held = false;
            budget.giveBack(share);
        }
    }
}
