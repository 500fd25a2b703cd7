package io.weir.gateway.lineupstream;

import io.weir.gateway.line.Line;
import io.weir.gateway.line.LineQueue;
import io.weir.gateway.line.LineServer;
import io.weir.gateway.line.LineServerException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A server whose lines are read, and whose own are written, when the test says so. */
class FakeLineServer implements LineServer {
    private final Listener listener;
    private final int maxQueued;
    private final LineQueue lines = new LineQueue();
    private long wroteAt;
    private boolean stopped;
    private @Nullable LineServerException killedFor;

    FakeLineServer(Listener listener, int maxQueued) {
        this.listener = listener;
        this.maxQueued = maxQueued;
    }

    Listener listener() {
        return listener;
    }

    /** Reads the next line that it was sent; null if there is none. */
    @Nullable
    String read() {
        Line line = lines.poll();
        if (line == null) {
            return null;
        }
        line.begin();
        byte[] bytes = new byte[line.length() + 1];
        int count = line.read(bytes);
        line.end(true);
        return new String(bytes, 0, count, StandardCharsets.UTF_8);
    }

    /** The next line that it was sent, of which it has read nothing yet; null if there is none. */
    @Nullable
    Line take() {
        return lines.poll();
    }

    /** Writes a line. */
    void write(String line, long now) {
        wroteAt = now;
        listener.line(line.getBytes(StandardCharsets.UTF_8));
    }

    /** Why it was killed; null if it was not. */
    @Nullable
    LineServerException killedFor() {
        return killedFor;
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
    public long silentNanos(long now) {
        return now - wroteAt;
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
        killedFor = why;
        lines.clear();
    }
}
