package io.weir.gateway.tcp;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;

/** Tells that a client has closed its side of a connection, and may still read. Confined to its event loop. */
final class EndOfInput extends ChannelInboundHandlerAdapter {
    private final Runnable onEnd;

    EndOfInput(Runnable onEnd) {
        this.onEnd = onEnd;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownReadComplete) {
            onEnd.run();
        }
        ctx.fireUserEventTriggered(event);
    }
}
