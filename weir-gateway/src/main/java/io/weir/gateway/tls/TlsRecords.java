package io.weir.gateway.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.Arrays;

/**
 * Stands ahead of the TLS handler of a client's connection and gives it whole records. Netty's handler alone keeps the
 * buffer of a record that is not whole: 2 to 32 KiB for a few bytes, and up to 64 KiB of one whose header announces
 * that. Here such a record takes an array that is at most twice as long as what has arrived of it. A header that no
 * record of TLS has ends the connection.
 *
 * <p>The TLS engine keeps parts of handshake messages, before and after the handshake, and Netty keeps what arrives
 * while a handshake is computed. So all bytes count that were passed on since the connection began, or since they gave
 * plain text last, those of a handshake twice, since they are on the heap twice while it is computed. What counts
 * beyond {@link #PLANNED} is charged to {@link RecordMemory}. A connection that has gone beyond {@link #MAX_AHEAD} is
 * not read on until its handshake is done, and after that it is ended if it goes beyond that without plain text.
 * Confined to the connection's event loop.
 */
final class TlsRecords extends ChannelDuplexHandler implements RecordMemory.Holder {
    /** What is planned for with each connection, in bytes. */
    static final int PLANNED = 1024;

    /** How many bytes may be passed on without a handshake that is done, or without plain text. */
    static final int MAX_AHEAD = 32 * 1024;

    private static final int HEADER = 5;
    private static final int MAJOR_VERSION = 3;
    private static final int CHANGE_CIPHER_SPEC = 20;
    private static final int APPLICATION_DATA = 23;
    /** RFC 5246, section 6.2.3. TLS 1.3 allows less. */
    private static final int MAX_CONTENT = 16 * 1024 + 2048;

    private static final int NO_RECORD = -1;
    private static final byte[] NOTHING = {};

    private final Channel channel;
    private final RecordMemory memory;
    private final int ownCertificates;
    private final Runnable refused;

    /** What has arrived of a record that is not whole. */
    private byte[] part = NOTHING;

    private int partLength;

    /** The size of the record that is read; of its header while that is not whole. */
    private int expected = HEADER;

    /** How many bytes of records were passed on since the last plain text. */
    private int silent;

    private boolean handshaking = true;
    private boolean paused;
    private boolean ended;
    private long held;

    /**
     * For one connection.
     *
     * @param ownCertificates what the gateway's certificates take during a handshake beyond what is planned for, in
     *     bytes
     * @param refused ends the connection, for which there is not enough memory
     */
    TlsRecords(Channel channel, RecordMemory memory, int ownCertificates, Runnable refused) {
        this.channel = channel;
        this.memory = memory;
        this.ownCertificates = ownCertificates;
        this.refused = refused;
    }

    /** Stands behind the TLS handler, and notes that plain text came out of it. */
    ChannelHandler plainText() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                silent = 0;
                context.fireChannelRead(message);
            }
        };
    }

    /** The handshake is done. */
    void handshakeDone() {
        handshaking = false;
        silent = 0;
        count();
        if (paused) {
            paused = false;
            channel.config().setAutoRead(true);
            // Also if somebody else has set that meanwhile, whose read went no further than here.
            channel.read();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf bytes)) {
            context.fireChannelRead(message);
            return;
        }
        try {
            while (bytes.isReadable() && !ended) {
                read(context, bytes);
            }
        } finally {
            ReferenceCountUtil.release(bytes);
        }
    }

    private void read(ChannelHandlerContext context, ByteBuf bytes) {
        if (partLength == 0) {
            expected = size(bytes);
            if (expected > HEADER && bytes.readableBytes() >= expected) {
                pass(context, record(bytes));
                return;
            }
        }
        if (expected != NO_RECORD) {
            append(bytes);
        }
        if (expected == HEADER && partLength == HEADER) {
            expected = size(Unpooled.wrappedBuffer(part, 0, HEADER));
        }
        if (expected == NO_RECORD) {
            endUnknown(context);
        } else if (partLength == expected) {
            ByteBuf record = Unpooled.wrappedBuffer(part, 0, expected);
            drop();
            pass(context, record);
        }
    }

    /** The size of the record that begins there, of its header if that is not whole, or {@link #NO_RECORD}. */
    private static int size(ByteBuf bytes) {
        if (bytes.readableBytes() < HEADER) {
            return HEADER;
        }
        int at = bytes.readerIndex();
        int type = bytes.getUnsignedByte(at);
        int length = bytes.getUnsignedShort(at + HEADER - 2);
        boolean known = type >= CHANGE_CIPHER_SPEC
                && type <= APPLICATION_DATA
                && bytes.getUnsignedByte(at + 1) == MAJOR_VERSION
                && length > 0
                && length <= MAX_CONTENT;
        return known ? HEADER + length : NO_RECORD;
    }

    /** A part of the buffer that was read, unless Netty may keep it: while a handshake is computed. */
    private ByteBuf record(ByteBuf bytes) {
        if (!handshaking) {
            return bytes.readRetainedSlice(expected);
        }
        byte[] copy = new byte[expected];
        bytes.readBytes(copy);
        return Unpooled.wrappedBuffer(copy);
    }

    private void append(ByteBuf bytes) {
        int more = Math.min(expected - partLength, bytes.readableBytes());
        int needed = partLength + more;
        if (needed > part.length) {
            part = Arrays.copyOf(part, Math.min(expected, Math.max(needed, 2 * part.length)));
            count();
        }
        if (!ended) {
            bytes.readBytes(part, partLength, more);
            partLength = needed;
        }
    }

    private void drop() {
        part = NOTHING;
        partLength = 0;
    }

    private void pass(ChannelHandlerContext context, ByteBuf record) {
        silent += record.readableBytes();
        if (handshaking && silent > MAX_AHEAD && !paused) {
            paused = true;
            channel.config().setAutoRead(false);
        }
        context.fireChannelRead(record);
        count();
        if (!handshaking && silent > MAX_AHEAD && !ended) {
            refuse();
        }
    }

    /** Netty's handler finds that this is no TLS. */
    private void endUnknown(ChannelHandlerContext context) {
        end();
        context.fireChannelRead(Unpooled.wrappedBuffer(new byte[HEADER]));
    }

    private void count() {
        long twice = handshaking && silent > 0 ? Math.min(silent, MAX_AHEAD) + ownCertificates : 0;
        long engine = silent + twice;
        hold(ended ? 0 : Math.max(0, part.length + engine - PLANNED));
    }

    private void hold(long bytes) {
        if (bytes != held) {
            held = bytes;
            memory.hold(this, bytes);
        }
    }

    private void end() {
        ended = true;
        drop();
        hold(0);
    }

    @Override
    public void refuse() {
        end();
        refused.run();
    }

    /** Netty's handler reads on by itself until the handshake is done. */
    @Override
    public void read(ChannelHandlerContext context) {
        if (!paused) {
            context.read();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        end();
        context.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        end();
    }
}
