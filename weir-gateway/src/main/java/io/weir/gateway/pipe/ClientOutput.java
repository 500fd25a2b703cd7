package io.weir.gateway.pipe;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/*
 * A client that holds its end of the pipe and reads nothing blocks whoever writes. Threads that it may hold up write
 * themselves; all others leave their lines to a thread that does nothing else.
 */

/** What goes to the client of a pipe, line by line. Thread-safe. */
final class ClientOutput {
    /** How much waits, in bytes, before no more is read of the client: what it is told of waits here. */
    static final int MAX_WAITING = 256 * 1024;

    private static final byte[] LINE_END = {'\n'};

    private final OutputStream out;
    private final Runnable broken;

    /** Held while a line is written, so that lines do not mix. */
    private final Object writing = new Object();

    @GuardedBy("this")
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();

    @GuardedBy("this")
    private long waitingBytes;

    /** Lines that are being written, or are about to be. */
    @GuardedBy("this")
    private int underWay;

    /** Whether one of those is of the lines that waited. */
    @GuardedBy("this")
    private boolean writesWaiting;

    @GuardedBy("this")
    private boolean failed;

    @GuardedBy("this")
    private @Nullable Thread writer;

    /**
     * Output to that stream.
     *
     * @param broken is run when the stream takes no more, on the thread that has found out
     */
    ClientOutput(OutputStream out, Runnable broken) {
        this.out = out;
        this.broken = broken;
    }

    /** Writes a line behind those that wait, and returns when the client's pipe has taken it; that may be never. */
    void write(byte[] line) {
        synchronized (this) {
            underWay++;
            try {
                while ((writesWaiting || !waiting.isEmpty()) && !failed) {
                    wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        put(line);
    }

    /** Has a line written soon; returns at once. */
    synchronized void writeLater(byte[] line) {
        if (failed) {
            return;
        }
        waiting.addLast(line);
        waitingBytes += line.length;
        if (writer == null) {
            writer = new Thread(this::writeWaiting, "weir-stdio-out");
            writer.setDaemon(true);
            writer.start();
        }
        notifyAll();
    }

    /** Waits until less than {@link #MAX_WAITING} waits, or the client takes no more. */
    synchronized void awaitRoom() throws InterruptedException {
        while (waitingBytes >= MAX_WAITING && !failed) {
            wait();
        }
    }

    /**
     * Waits until all is written.
     *
     * @param millis for how long at most
     */
    synchronized void awaitWritten(long millis) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long left = deadline - System.nanoTime();
                left > 0 && !failed && (underWay > 0 || !waiting.isEmpty());
                left = deadline - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    private void writeWaiting() {
        try {
            while (true) {
                put(next());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized byte[] next() throws InterruptedException {
        writesWaiting = false;
        notifyAll();
        while (waiting.isEmpty()) {
            wait();
        }
        writesWaiting = true;
        byte[] line = waiting.removeFirst();
        waitingBytes -= line.length;
        underWay++;
        notifyAll();
        return line;
    }

    private void put(byte[] line) {
        boolean fails = false;
        try {
            synchronized (writing) {
                out.write(line);
                out.write(LINE_END);
                out.flush();
            }
        } catch (IOException e) {
            fails = true;
        }
        synchronized (this) {
            underWay--;
            if (fails) {
                failed = true;
                waiting.clear();
                waitingBytes = 0;
            }
            notifyAll();
        }
        if (fails) {
            broken.run();
        }
    }
}
