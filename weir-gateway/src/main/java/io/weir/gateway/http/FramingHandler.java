package io.weir.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.weir.gateway.jsonrpc.ErrorAnswer;
import io.weir.gateway.jsonrpc.MalformedMessageException;
import java.nio.charset.StandardCharsets;

/** Stands ahead of the HTTP decoder: lets through only well-framed requests, and ends a connection that sends others. */
final class FramingHandler extends ChannelInboundHandlerAdapter {
    private final RequestFraming framing;
    private final ClientConnection connection;
    private final EdgeCounters counters;
    private boolean refused;

    FramingHandler(RequestFraming framing, ClientConnection connection, EdgeCounters counters) {
        this.framing = framing;
        this.connection = connection;
        this.counters = counters;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the connection ends either way
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (refused) {
            ReferenceCountUtil.release(message);
            return;
        }
        String fault = message instanceof ByteBuf bytes ? framing.accept(bytes) : null;
        if (fault == null) {
            connection.received();
            context.fireChannelRead(message);
            return;
        }
        refused = true;
        ReferenceCountUtil.release(message);
        counters.malformedRequests.increment();
        if (connection.isAnswering()) {
            context.close();
        } else {
            context.writeAndFlush(answer(framing.status(), fault));
            ConnectionReset.gracefully(context.channel());
        }
    }

    private static ByteBuf answer(int status, String fault) {
        byte[] body = new ErrorAnswer(
                        null, MalformedMessageException.INVALID_REQUEST, "The request was refused: it has " + fault)
                .toBytes();
        String head =
                "HTTP/1.1 " + status + " " + reason(status) + "\r\nContent-Type: application/json\r\nContent-Length: "
                        + body.length + "\r\nConnection: close\r\n\r\n";
        return Unpooled.wrappedBuffer(head.getBytes(StandardCharsets.US_ASCII), body);
    }

    private static String reason(int status) {
        return switch (status) {
            case 414 -> "URI Too Long";
            case 431 -> "Request Header Fields Too Large";
            case 501 -> "Not Implemented";
            case 505 -> "HTTP Version Not Supported";
            default -> "Bad Request";
        };
    }
}
