package io.weir.gateway.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.weir.gateway.http.ConnectionReset;
import io.weir.gateway.http.EdgeCounters;
import io.weir.gateway.jsonrpc.JsonRpcError;
import io.weir.gateway.jsonrpc.MalformedMessageException;
import java.nio.charset.StandardCharsets;

/**
 * Stands ahead of the HTTP decoder: lets through only well-framed requests, and ends a connection that sends others.
 */
final class FramingHandler extends ChannelInboundHandlerAdapter {
    /** A buffer of so many bytes may be kept whatever is in it. */
    private static final int KEPT_BUFFER = 2 * 1024;

    private final RequestFraming framing;
    private final ClientConnection connection;
    private final EdgeCounters counters;

    FramingHandler(RequestFraming framing, ClientConnection connection, EdgeCounters counters) {
        this.framing = framing;
        this.connection = connection;
        this.counters = counters;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (connection.isRefused()) {
            ReferenceCountUtil.release(message);
            return;
        }
        String fault = message instanceof ByteBuf bytes ? framing.accept(bytes) : null;
        if (fault != null) {
            counters.malformedRequests.increment();
            refuse(context, message, framing.status(), "The request was refused: it has " + fault);
        } else if (!connection.received()) {
            counters.headsOverBudget.increment();
            refuse(context, message, 503, "too many requests with long heads, or behind unanswered ones; retry later");
        } else {
            context.fireChannelRead(message instanceof ByteBuf bytes ? fitted(context, bytes) : message);
        }
    }

    /** The decoder keeps the buffer in which a line is not ended, however little of it that is. */
    private ByteBuf fitted(ChannelHandlerContext context, ByteBuf bytes) {
        int size = bytes.readableBytes();
        if (!framing.isInLine() || bytes.capacity() <= KEPT_BUFFER || size > bytes.capacity() / 2) {
            return bytes;
        }
        ByteBuf fitted = context.alloc().buffer(size).writeBytes(bytes);
        bytes.release();
        return fitted;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the connection ends either way
    private void refuse(ChannelHandlerContext context, Object message, int status, String why) {
        connection.refuse();
        ReferenceCountUtil.release(message);
        if (connection.owesAnswer()) {
            context.close();
        } else {
            context.writeAndFlush(answer(status, why));
            ConnectionReset.gracefully(context.channel());
        }
    }

    private static ByteBuf answer(int status, String why) {
        byte[] body = new JsonRpcError(null, MalformedMessageException.INVALID_REQUEST, why).toBytes();
        String head =
                "HTTP/1.1 " + status + " " + reason(status) + "\r\nContent-Type: application/json\r\nContent-Length: "
                        + body.length + (status == 503 ? "\r\nRetry-After: 1" : "") + "\r\nConnection: close\r\n\r\n";
        return Unpooled.wrappedBuffer(head.getBytes(StandardCharsets.US_ASCII), body);
    }

    private static String reason(int status) {
        return switch (status) {
            case 414 -> "URI Too Long";
            case 431 -> "Request Header Fields Too Large";
            case 501 -> "Not Implemented";
            case 503 -> "Service Unavailable";
            case 505 -> "HTTP Version Not Supported";
            default -> "Bad Request";
        };
    }
}
