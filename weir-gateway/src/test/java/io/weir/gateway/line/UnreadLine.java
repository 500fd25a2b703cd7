package io.weir.gateway.line;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A line that is longer than all buffers on the way to a server that does not read, and what becomes of it. */
public final class UnreadLine {
    private static final int LENGTH = 32_000_000;

    private final CompletableFuture<Void> begun = new CompletableFuture<>();
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
    private final Line line = new Line(List.of(ByteBuffer.allocate(LENGTH)), new Line.Sender() {
        @Override
        public void begun() {
            begun.complete(null);
        }

        @Override
        public void ended(boolean written) {
            ended.complete(written);
        }
    });

    /** Listens to a server of which nothing is to be heard. */
    public static class Unheard implements LineServer.Listener {
        @Override
        public void line(byte[] line) {}

        @Override
        public void drained() {}

        @Override
        public void failed(LineServerException why) {}

        @Override
        public void gone() {}
    }

    public Line line() {
        return line;
    }

    /** Waits until its first byte is about to be written. */
    public void awaitBegun() throws Exception {
        begun.get(30, TimeUnit.SECONDS);
    }

    /** Whether it was written, when it has ended. */
    public boolean written() throws Exception {
        return ended.get(30, TimeUnit.SECONDS);
    }
}
