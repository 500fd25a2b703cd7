package io.weir.gateway.ops;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.weir.gateway.http.ConnectionReset;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The connections to the operator's port, {@value #MAX} at the most: a further one takes the place of the one that has
 * had no request for the longest time, so that connections which only stay open keep nobody out. What they have not
 * read of their answers is {@value #MAX_UNREAD_BYTES} bytes at the most, and one answer: beyond it, the one that has
 * read least is reset. Both are part of what {@link io.weir.config.MemoryPlan} has for the gateway itself. Confined to
 * the event loop of the port.
 */
final class AdminConnections {
    static final int MAX = 128;
    static final int MAX_UNREAD_BYTES = 4 * 1024 * 1024;

    /** How many requests each has under way; the one that has been without for the longest time first. */
    private final Map<Channel, Integer> requests = new LinkedHashMap<>();

    /** Counts a connection that has just opened. */
    void opened(Channel channel) {
        if (requests.size() >= MAX) {
            Optional<Channel> idle = requests.entrySet().stream()
                    .filter(each -> each.getValue() == 0)
                    .map(Map.Entry::getKey)
                    .findFirst();
            if (idle.isEmpty()) {
                ConnectionReset.now(channel);
                return;
            }
            closed(idle.get());
            ConnectionReset.now(idle.get());
        }
        requests.put(channel, 0);
        channel.pipeline().addFirst("unread", new UnreadAnswers());
    }

    void closed(Channel channel) {
        requests.remove(channel);
    }

    /**
     * Notes that a request has begun.
     *
     * @return false if it is not to be served: the client sends requests and does not read the answers, and is
     *     disconnected
     */
    boolean begin(Channel channel) {
        Integer before = requests.get(channel);
        if (before == null || !channel.isWritable()) {
            ConnectionReset.now(channel);
            return false;
        }
        requests.put(channel, before + 1);
        return true;
    }

    /** Notes that a request was answered. */
    void end(Channel channel) {
        Integer before = requests.remove(channel);
        if (before != null) {
            requests.put(channel, before - 1);
        }
    }

    int count() {
        return requests.size();
    }

    private static long unread(Channel channel) {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    /** Makes room beside what that connection has not read. */
    private void makeRoom(Channel beside) {
        long sum = 0;
        for (Channel each : requests.keySet()) {
            sum += each == beside ? 0 : unread(each);
        }
        while (sum > MAX_UNREAD_BYTES) {
            Channel most = requests.keySet().stream()
                    .filter(each -> each != beside)
                    .max(Comparator.comparingLong(AdminConnections::unread))
                    .orElseThrow();
            sum -= unread(most);
            closed(most);
            ConnectionReset.now(most);
        }
    }

    /** Looks at what is unread whenever a client has not taken all of an answer. */
    private final class UnreadAnswers extends ChannelInboundHandlerAdapter {
        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            if (!context.channel().isWritable()) {
                // Not now: this is called from the midst of a write.
                context.channel().eventLoop().execute(() -> makeRoom(context.channel()));
            }
            context.fireChannelWritabilityChanged();
        }
    }
}
