package io.weir.gateway.edge;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.util.ReferenceCountUtil;
import io.weir.config.AddressBlock;
import io.weir.gateway.http.ConnectionReset;
import io.weir.gateway.http.EdgeCounters;
import java.net.InetAddress;
import java.util.function.Predicate;

/** Takes the client's address from the PROXY header that a trusted proxy's connection begins with, and is gone then. */
final class ProxyHeaderHandler extends ChannelInboundHandlerAdapter {
    private final Predicate<InetAddress> accept;
    private final EdgeCounters counters;

    /** @param accept takes the address; false if the connection is to be refused */
    ProxyHeaderHandler(Predicate<InetAddress> accept, EdgeCounters counters) {
        this.accept = accept;
        this.counters = counters;
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
            InetAddress client = source == null ? null : AddressBlock.address(source);
            accepted = client == null || accept.test(client);
        } finally {
            header.release();
        }
        if (accepted) {
            context.pipeline().remove(this);
        } else {
            counters.connectionsRefused.increment();
            ConnectionReset.now(context.channel());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        counters.malformedRequests.increment();
        ConnectionReset.now(context.channel());
    }
}
