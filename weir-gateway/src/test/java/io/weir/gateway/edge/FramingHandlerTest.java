package io.weir.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.weir.gateway.http.EdgeCounters;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.session.Origin;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class FramingHandlerTest {
    private static final int READ_BUFFER = 64 * 1024;

    private final EmbeddedChannel channel = new EmbeddedChannel();

    private EmbeddedChannel channel() {
        RequestFraming framing = new RequestFraming(16 * 1024, 100);
        InetAddress address = InetAddress.getLoopbackAddress();
        ClientConnection connection = new ClientConnection(
                "c1",
                address,
                new Origin("127.0.0.1", "c1"),
                false,
                channel,
                framing,
                new HeadMemory(new MemoryBudget(1 << 20)),
                0);
        channel.pipeline().addLast(new FramingHandler(framing, connection, new EdgeCounters()));
        return channel;
    }

    /** Some bytes in a buffer as large as those that sockets are read with after a large body. */
    private static ByteBuf read(String bytes) {
        return Unpooled.buffer(READ_BUFFER).writeBytes(bytes.getBytes(StandardCharsets.US_ASCII));
    }

    private static String text(ByteBuf bytes) {
        return bytes.toString(StandardCharsets.US_ASCII);
    }

    @Test
    void channelRead_lineNotEnded_passesOnNoMoreThanItTakes() {
        ByteBuf read = read("POST /mcp HT");
        channel().writeInbound(read);

        ByteBuf passed = channel.readInbound();

        assertThat(text(passed)).isEqualTo("POST /mcp HT");
        assertThat(passed.capacity()).isLessThan(READ_BUFFER / 16);
        assertThat(read.refCnt()).isZero();
        passed.release();
    }

    @Test
    void channelRead_lineEnded_copiesNothing() {
        ByteBuf read = read("POST /mcp HTTP/1.1\r\n");
        channel().writeInbound(read);

        ByteBuf passed = channel.readInbound();

        assertThat(passed).isSameAs(read);
        passed.release();
    }
}
