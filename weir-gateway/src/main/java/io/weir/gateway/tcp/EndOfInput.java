package io.weir.gateway.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import java.util.function.LongConsumer;

/*
 * Netty 4.2 takes a socket out of its epoll set when it waits for nothing there, which is so behind the end if nothing
 * is read. A read would then fail, and close the connection. Vert.x asks for one whenever it has given all that it had,
 * so it is stopped here.
 */

/**
 * Tells that a client has closed its side of a connection, and may still read. The end is seen as soon as it has come,
 * while what came before it may still wait for its reader. Confined to its event loop.
 */
final class EndOfInput extends ChannelDuplexHandler {
    private final LongConsumer onEnd;
    private long bytes;
    private boolean ended;

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
            ended = true;
            onEnd.accept(bytes);
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void read(ChannelHandlerContext ctx) {
        if (!ended) {
            ctx.read();
        }
    }
}
