package io.weir.gateway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.weir.config.MemoryPlan;
import java.util.List;

/**
 * Decodes the responses of one upstream connection, one for each request. Bytes that belong to no request are surplus:
 * they would be taken for the answer to the next request, and every answer after it would be one off. They are dropped,
 * and the connection is told. Confined to its event loop.
 */
final class ResponseDecoder extends HttpResponseDecoder {
    private final Runnable surplus;
    private boolean expected;
    private boolean informational;

    /** @param surplus run for each piece of bytes that belongs to no request */
    ResponseDecoder(int maxHeaderSize, Runnable surplus) {
        super(new HttpDecoderConfig().setMaxHeaderSize(maxHeaderSize).setMaxChunkSize(MemoryPlan.PIECE));
        this.surplus = surplus;
    }

    /**
     * The handler that takes the place of Vert.x' own: no HEAD and no CONNECT are sent, for which that keeps a queue.
     */
    CombinedChannelDuplexHandler<HttpResponseDecoder, HttpRequestEncoder> codec() {
        return new CombinedChannelDuplexHandler<>(this, new HttpRequestEncoder());
    }

    /** A request begins: one response is expected. */
    void expect() {
        expected = true;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws Exception {
        if (!expected) {
            drop(in);
            return;
        }
        int before = out.size();
        super.decode(context, in, out);
        for (int i = before; i < out.size(); i++) {
            Object part = out.get(i);
            if (part instanceof HttpResponse response) {
                informational = response.status().code() / 100 == 1;
            }
            if (part instanceof LastHttpContent && !informational) {
                expected = false;
                drop(in);
            }
        }
    }

    private void drop(ByteBuf in) {
        if (in.isReadable()) {
            in.skipBytes(in.readableBytes());
            surplus.run();
        }
    }
}
