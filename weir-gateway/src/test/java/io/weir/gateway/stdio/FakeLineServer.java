package io.weir.gateway.stdio;

import io.weir.gateway.line.Line;
import io.weir.gateway.line.LineQueue;
import io.weir.gateway.line.LineServer;
import io.weir.gateway.line.LineServerException;
import org.jspecify.annotations.Nullable;

/** A server whose lines are read, and whose own are written, when the test says so. */
class FakeLineServer implements LineServer {
    private final Listener listener;
    private final int maxQueued;
    private final LineQueue lines = new LineQueue();
    private boolean stopped;

    FakeLineServer(Listener listener, int maxQueued) {
        this.listener = listener;
        this.maxQueued = maxQueued;
    }

    Listener listener() {
        return listener;
    }

    /** The next line that it was sent; null if there is none. */
    @Nullable
    Line read() {
        return lines.poll();
    }

    boolean isStopped() {
        return stopped;
    }

    @Override
    public void start() {}

    @Override
    public String label() {
        return "server";
    }

    @Override
    public boolean send(Line line) {
        return lines.add(line);
    }

    @Override
    public boolean takeBack(Line line) {
        return lines.takeBack(line);
    }

    @Override
    public long queuedBytes() {
        return lines.bytes();
    }

    @Override
    public int maxQueuedBytes() {
        return maxQueued;
    }

    @Override
    public long stalledNanos(long now) {
        return 0;
    }

    @Override
    public @Nullable Reading reading() {
        return null;
    }

    @Override
    public void stop() {
        stopped = true;
        lines.close();
    }

    @Override
    public void kill(LineServerException why) {
        lines.clear();
    }
}
