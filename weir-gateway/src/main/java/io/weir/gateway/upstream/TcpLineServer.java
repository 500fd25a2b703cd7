package io.weir.gateway.upstream;

import io.netty.channel.Channel;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.ConnectionBase;
import io.weir.config.MemoryPlan;
import io.weir.gateway.http.ConnectionReset;
import io.weir.gateway.line.Line;
import io.weir.gateway.line.LineBuffer;
import io.weir.gateway.line.LineQueue;
import io.weir.gateway.line.LineServer;
import io.weir.gateway.line.LineServerException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A server that is connected to over TCP. All that happens does so on its event loop; what others call leaves word
 * there. Thread-safe.
 */
public final class TcpLineServer implements LineServer, LineServer.Reading {
    private static final AtomicLong COUNT = new AtomicLong();
    private static final long POLL_MILLIS = 20;

    /** How long it waits for memory for a long line: clients that read nothing are gone by then. */
    private static final long MEMORY_WAIT_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final TcpConnector connector;
    private final long number = COUNT.incrementAndGet();
    private final Listener listener;
    private final LineQueue queue = new LineQueue();
    private final AtomicBoolean flushing = new AtomicBoolean();
    private final AtomicInteger pauses = new AtomicInteger();
    private final AtomicBoolean failed = new AtomicBoolean();
    private volatile boolean stalled;
    private volatile long stalledSince;
    private volatile boolean reading;
    private volatile long readingSince;

    // Below: of the event loop.
    private final ArrayDeque<byte[]> received = new ArrayDeque<>();
    private final LineBuffer line;
    private @Nullable NetSocket socket;

    /** The line of which some is written, and some is not. */
    private @Nullable Line sending;

    private int next;
    private boolean stopping;
    private boolean closed;
    private boolean gone;
    private boolean proceeding;

    /** Since when it waits for memory; 0 if it does not. */
    private long waitingSince;

    private boolean waiting;

    /** What the line that is being read, or passed on, has taken of the memory. */
    private long reserved;

    /** The thread that tells the listener of a line; null while none does. */
    private volatile @Nullable Thread passing;

    /** A server that {@link #start} connects to. */
    public TcpLineServer(TcpConnector connector, Listener listener) {
        this.connector = connector;
        this.listener = listener;
        this.line = new LineBuffer(maxLineBytes(), MemoryPlan.LINE_OUTPUT);
    }

    private int maxLineBytes() {
        return connector.transport().connections().maxLineBytes();
    }

    @Override
    public String label() {
        return "connection " + number;
    }

    @Override
    public void start() {
        connector.run(() -> connector.connect().onComplete(done -> {
            if (done.failed()) {
                fail(new LineServerException(LineServerException.Problem.CONNECT, done.cause()));
                gone();
            } else {
                connected(done.result());
            }
        }));
    }

    private void connected(NetSocket made) {
        socket = made;
        made.setWriteQueueMaxSize(MemoryPlan.LINE_INPUT);
        made.handler(this::received);
        noteReading();
        made.exceptionHandler(failure -> fail(new LineServerException(LineServerException.Problem.CLOSED, failure)));
        made.closeHandler(end -> {
            closed = true;
            // What came before the end may still wait to be read.
            made.resume();
            connector.run(this::proceed);
        });
        if (stopping) {
            limitStop(made);
        }
        flush();
    }

    /** A server that reads nothing does not keep its connection: what it was sent may never be written. */
    private void limitStop(NetSocket open) {
        ConnectionReset.within(
                channel(open), connector.transport().connections().stopTimeout().toMillis());
    }

    private static Channel channel(NetSocket of) {
        return ((ConnectionBase) of).channel();
    }

    @Override
    public boolean send(Line to) {
        if (!queue.add(to)) {
            return false;
        }
        flushLater();
        return true;
    }

    @Override
    public boolean takeBack(Line from) {
        return queue.takeBack(from);
    }

    @Override
    public long queuedBytes() {
        return queue.bytes();
    }

    @Override
    public int maxQueuedBytes() {
        return MemoryPlan.LINE_INPUT;
    }

    @Override
    public long stalledNanos(long now) {
        long since = stalledSince;
        return stalled ? now - since : 0;
    }

    @Override
    public long silentNanos(long now) {
        // In this order: if it reads again meanwhile, the silence is taken to be shorter than it is.
        boolean waits = reading;
        long since = readingSince;
        return waits ? now - since : 0;
    }

    private void flushLater() {
        if (flushing.compareAndSet(false, true)) {
            connector.run(this::flush);
        }
    }

    private void flush() {
        flushing.set(false);
        NetSocket to = socket;
        if (to == null || closed) {
            return;
        }
        boolean written = false;
        // A connection that is being closed takes all, and writes nothing.
        while (channel(to).isActive() && !to.writeQueueFull() && nextLine()) {
            written |= writePiece(to);
        }
        if (to.writeQueueFull()) {
            if (!stalled) {
                stalledSince = System.nanoTime();
                stalled = true;
            }
            to.drainHandler(drained -> {
                stalled = false;
                flush();
            });
        }
        if (queue.bytes() == 0 && sending == null) {
            if (stopping) {
                ConnectionReset.gracefully(channel(to));
            } else if (written) {
                listener.drained();
            }
        }
    }

    /** Whether there is a line to be written. */
    private boolean nextLine() {
        if (sending == null) {
            sending = queue.poll();
            if (sending != null) {
                sending.begin();
            }
        }
        return sending != null;
    }

    /** Writes a piece of the line: no more of it is in copies than waits to be written. True if it was the last one. */
    private boolean writePiece(NetSocket to) {
        Line from = Objects.requireNonNull(sending);
        byte[] piece = new byte[Math.min(from.length() + 1, MemoryPlan.LINE_PIECE)];
        int count = from.read(piece);
        boolean last = count < piece.length;
        if (last) {
            piece[count++] = '\n';
        }
        var unused = to.write(Buffer.buffer(count).appendBytes(piece, 0, count));
        if (last) {
            sending = null;
            from.end(true);
        }
        return last;
    }

    private void received(Buffer bytes) {
        reading = false;
        received.addLast(bytes.getBytes());
        proceed();
    }

    /** Passes on lines for as long as there are any and nothing has to be waited for. */
    private void proceed() {
        if (proceeding) {
            return;
        }
        proceeding = true;
        try {
            while (!failed.get() && !waiting && pauses.get() == 0 && !received.isEmpty()) {
                readOn(received.getFirst());
            }
        } catch (LineServerException e) {
            kill(e);
        } finally {
            proceeding = false;
        }
        NetSocket from = socket;
        if (closed) {
            if (failed.get() || received.isEmpty()) {
                fail(new LineServerException(LineServerException.Problem.CLOSED, new ClosedChannelException()));
                gone();
            }
        } else if (from != null) {
            if (received.isEmpty() && pauses.get() == 0) {
                from.resume();
                noteReading();
            } else {
                from.pause();
                reading = false;
            }
        }
    }

    private void noteReading() {
        if (!reading) {
            readingSince = System.nanoTime();
            reading = true;
        }
    }

    /** Takes the first line of those bytes, or all of them as a part of one. */
    private void readOn(byte[] bytes) throws LineServerException {
        int end = next;
        while (end < bytes.length && bytes[end] != '\n') {
            end++;
        }
        int part = end - next;
        boolean last = end < bytes.length;
        if (!line.fits(part)) {
            throw new LineServerException(
                    LineServerException.Problem.LINE,
                    "more than " + maxLineBytes() + " bytes; connections.max_line_bytes");
        }
        if (reserved == 0 && line.outgrows(part, last) && !reserve()) {
            return;
        }
        line.add(bytes, next, part, last);
        next = last ? end + 1 : 0;
        if (!last || next == bytes.length) {
            received.removeFirst();
            next = 0;
        }
        if (last) {
            pass(line.take());
        }
    }

    private void pass(byte[] whole) {
        // What the line does not need is free before it takes more on its way to a client.
        release(Math.min(reserved, whole.length));
        passing = Thread.currentThread();
        try {
            listener.line(whole);
        } finally {
            passing = null;
            // But for what was handed over.
            release(0);
        }
    }

    /**
     * Takes memory for the longest line, which is on the heap twice while it grows; if there is none, reading goes on
     * later.
     */
    private boolean reserve() throws LineServerException {
        long whole = 2L * maxLineBytes();
        if (connector.memory().take(whole)) {
            reserved = whole;
            waitingSince = 0;
            return true;
        }
        long now = System.nanoTime();
        waitingSince = waitingSince == 0 ? now : waitingSince;
        if (now - waitingSince >= MEMORY_WAIT_NANOS) {
            throw new LineServerException(
                    LineServerException.Problem.MEMORY,
                    "no memory is left for another long line (connections.max_line_bytes)");
        }
        waiting = true;
        connector.later(POLL_MILLIS, () -> {
            waiting = false;
            proceed();
        });
        return false;
    }

    @Override
    public long handOver(long maxBytes) {
        if (passing != Thread.currentThread()) {
            return 0;
        }
        long given = Math.min(maxBytes, reserved);
        reserved -= given;
        return given;
    }

    private void release(long kept) {
        connector.memory().giveBack(reserved - kept);
        reserved = kept;
    }

    @Override
    public @Nullable Reading reading() {
        return this;
    }

    @Override
    public void pause() {
        pauses.incrementAndGet();
    }

    @Override
    public void resume() {
        if (pauses.decrementAndGet() == 0) {
            connector.run(this::proceed);
        }
    }

    private void fail(LineServerException why) {
        if (failed.compareAndSet(false, true)) {
            listener.failed(why);
            queue.clear();
        }
    }

    private void gone() {
        if (!gone) {
            gone = true;
            received.clear();
            line.clear();
            release(0);
            if (sending != null) {
                sending.end(false);
                sending = null;
            }
            // One that was stopped still had lines to write.
            queue.clear();
            listener.gone();
        }
    }

    @Override
    public void stop() {
        queue.close();
        if (failed.compareAndSet(false, true)) {
            listener.failed(new LineServerException(LineServerException.Problem.STOPPED, "its session has ended"));
        }
        connector.run(() -> {
            NetSocket open = socket;
            if (open != null && !stopping) {
                limitStop(open);
            }
            stopping = true;
            flush();
        });
    }

    @Override
    public void kill(LineServerException why) {
        fail(why);
        connector.run(() -> {
            stopping = true;
            NetSocket open = socket;
            if (open != null) {
                ConnectionReset.now(channel(open));
            }
        });
    }
}
