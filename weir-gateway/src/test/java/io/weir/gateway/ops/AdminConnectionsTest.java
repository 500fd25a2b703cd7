package io.weir.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdminConnectionsTest {
    private static final int MIB = 1024 * 1024;

    private final AdminConnections connections = new AdminConnections();

    private EmbeddedChannel open() {
        EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
        connections.opened(channel);
        return channel;
    }

    private List<EmbeddedChannel> open(int count) {
        List<EmbeddedChannel> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(open());
        }
        return all;
    }

    /** What was written and not flushed is unread. */
    @SuppressWarnings("FutureReturnValueIgnored") // it is never done
    private static void answer(EmbeddedChannel channel, int bytes) {
        channel.write(Unpooled.wrappedBuffer(new byte[bytes]));
        channel.runPendingTasks();
    }

    @Test
    void oneMore_takesThePlaceOfTheOneThatHasAskedNothingForTheLongestTime() {
        List<EmbeddedChannel> all = open(AdminConnections.MAX);
        connections.begin(all.get(0));
        connections.begin(all.get(1));
        connections.end(all.get(1));

        EmbeddedChannel further = open();

        assertThat(further.isOpen()).isTrue();
        assertThat(all.get(2).isOpen()).isFalse();
        assertThat(all.stream().filter(EmbeddedChannel::isOpen)).hasSize(AdminConnections.MAX - 1);
        assertThat(connections.count()).isEqualTo(AdminConnections.MAX);
    }

    @Test
    void oneMore_whereAllAreAsking_isDisconnected() {
        open(AdminConnections.MAX).forEach(connections::begin);

        assertThat(open().isOpen()).isFalse();
        assertThat(connections.count()).isEqualTo(AdminConnections.MAX);
    }

    @Test
    void unreadAnswers_beyondWhatThereIsRoomFor_endTheConnectionThatHasReadLeast() {
        List<EmbeddedChannel> all = open(5);
        answer(all.get(0), MIB);
        answer(all.get(1), 2 * MIB - 1_000);
        answer(all.get(2), MIB);
        assertThat(all).allMatch(EmbeddedChannel::isOpen);

        // Beside this one there are 4 MiB, and there may be.
        answer(all.get(3), 10 * MIB);
        assertThat(all).allMatch(EmbeddedChannel::isOpen);

        answer(all.get(4), 100_000);
        assertThat(all.stream().map(EmbeddedChannel::isOpen)).containsExactly(true, true, true, false, true);
    }

    @Test
    void request_behindAnAnswerThatIsNotRead_isNotServed() {
        EmbeddedChannel channel = open();
        answer(channel, MIB);

        assertThat(connections.begin(channel)).isFalse();
        assertThat(channel.isOpen()).isFalse();
    }
}
