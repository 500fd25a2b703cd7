package io.weir.gateway.edge;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.util.ReferenceCountUtil;
import io.weir.config.AddressBlock;
import io.weir.gateway.http.ConnectionReset;
import io.weir.gateway.http.EdgeCounters;
import java.net.InetAddress;
import java.util.Optional;
import java.util.function.Predicate;

/** Takes the client's address from the PROXY header that a trusted proxy's connection begins with, and is gone then. */
public final class ProxyHeaderHandler extends ChannelInboundHandlerAdapter {
    private final Predicate<Optional<InetAddress>> accept;
    private final EdgeCounters counters;

    private ProxyHeaderHandler(Predicate<Optional<InetAddress>> accept, EdgeCounters counters) {
        this.accept = accept;
        this.counters = counters;
    }

    /**
     * Has a connection begin with such a header.
     *
     * @param accept takes the client's address, or nothing for the proxy's own connections; false if the connection is
     *     to be refused. Called on the channel's event loop before anything behind the header is passed on
     */
    public static void addTo(ChannelPipeline pipeline, Predicate<Optional<InetAddress>> accept, EdgeCounters counters) {
        pipeline.addFirst("proxy-header", new ProxyHeaderHandler(accept, counters))
                .addFirst("proxy-decoder", new HAProxyMessageDecoder());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof HAProxyMessage header)) {
            // What came behind the header of a connection that was refused.
            ReferenceCountUtil.release(message);
            return;
        }
        boolean accepted = true;
        try {
            // The proxy's own connections (health checks) name no client, and count for the proxy.
            String source = header.command() == HAProxyCommand.PROXY ? header.sourceAddress() : null;
            accepted = accept.test(Optional.ofNullable(source).map(AddressBlock::address));
        } finally {
            header.release();
        }
        if (accepted) {
            context.pipeline().remove(this);
        } else {
            ConnectionReset.now(context.channel());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        counters.malformedRequests.increment();
        ConnectionReset.now(context.channel());
    }
}
