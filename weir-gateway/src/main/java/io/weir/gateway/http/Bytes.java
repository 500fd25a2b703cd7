package io.weir.gateway.http;

import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;

/** Reads buffers as arrays. */
public final class Bytes {
    private Bytes() {}

    /** Reads a part of an array. */
    public interface Reader {
        /** Reads from index {@code from} on, up to index {@code to}, exclusive. */
        void read(byte[] bytes, int from, int to);
    }

    /** Has a buffer read, without a copy if it is on the heap. */
    public static void read(Buffer buffer, Reader reader) {
        ByteBuf buf = ((BufferInternal) buffer).getByteBuf();
        if (buf.hasArray()) {
            int from = buf.arrayOffset() + buf.readerIndex();
            reader.read(buf.array(), from, from + buf.readableBytes());
        } else {
            reader.read(buffer.getBytes(), 0, buffer.length());
        }
    }
}
