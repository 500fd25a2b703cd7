package io.weir.gateway.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import java.util.function.LongConsumer;

/**
 * Tells that a client has closed its side of a connection, and may still read. The end is seen as soon as it has come, while what came
 * before it may still wait for its reader. Confined to its event loop.
 */
final class EndOfInput extends ChannelInboundHandlerAdapter {
    private final LongConsumer onEnd;
    private long bytes;

    /** @param onEnd is told how many bytes have come in all */
    EndOfInput(LongConsumer onEnd) {
        this.onEnd = onEnd;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ByteBuf buffer) {
            bytes += buffer.readableBytes();
        }
        ctx.fireChannelRead(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownReadComplete) {
            onEnd.accept(bytes);
        }
        ctx.fireUserEventTriggered(event);
    }
}
