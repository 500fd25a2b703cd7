package io.weir.gateway.http;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.weir.config.MemoryPlan;

/**
 * Bounds what a socket can hold: in the kernel, whose own tuning goes to megabytes a socket, and in the buffers that
 * are read into, of which Netty fills up to sixteen of 64 KiB at a time before anyone can say that it is enough.
 */
public final class SocketBuffers {
    private static final int MIN_READ = 512;
    private static final int FIRST_READ = 2 * 1024;
    private static final int READS_AT_A_TIME = 2;

    private SocketBuffers() {}

    /** Bounds the buffers of a channel; to be called before it has read anything. */
    public static void bound(Channel channel) {
        channel.config()
                .setRecvByteBufAllocator(new AdaptiveRecvByteBufAllocator(MIN_READ, FIRST_READ, MemoryPlan.MAX_READ)
                        .maxMessagesPerRead(READS_AT_A_TIME));
        try {
            channel.config().setOption(ChannelOption.SO_SNDBUF, MemoryPlan.SOCKET_BUFFER);
            channel.config().setOption(ChannelOption.SO_RCVBUF, MemoryPlan.SOCKET_BUFFER);
        } catch (ChannelException e) {
            // The socket is gone already.
        }
    }
}
