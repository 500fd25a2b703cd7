package io.weir.gateway.child;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.config.MemoryPlan;
import io.weir.config.Redaction;
import io.weir.config.StdioTransport;
import io.weir.gateway.line.Line;
import io.weir.gateway.line.LineMemory;
import io.weir.gateway.line.LineQueue;
import io.weir.gateway.line.LineServer;
import io.weir.gateway.line.LineServerException;
import java.io.File;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Three threads a child, since pipes of processes cannot be read or written without blocking from Java: one starts it
 * and writes, one reads lines, one reads standard error. What ends it runs on the scheduler, since any of the three may
 * be blocked by the child.
 *
 * The shell in front of the program waits for a line on its input before it becomes the program. By then the process
 * groups know the child; if the gateway is killed before, the input ends, and the program never runs.
 */

/** A child process and its process group: lines go in, lines come out, and nothing of it outlives it. Thread-safe. */
public final class ChildProcess implements LineServer {
    private static final Logger LOG = LoggerFactory.getLogger("weir.child");
    private static final String GO = "go\n";
    private static final String ENTER = "read -r go || exit 0; ";
    private static final String EXEC = "exec \"$@\"";
    private static final int NOT_EXECUTABLE = 126;
    private static final int NOT_FOUND = 127;
    private static final long KIB = 1024;

    private static final long POLL_MILLIS = 20;

    /**
     * How long after its exit lines may still be on their way from its pipe: a process it left behind may hold that
     * open.
     */
    private static final long DRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    /** How long a program may take to exit after it has closed its output. */
    private static final long OUTPUT_GRACE_MILLIS = 1_000;

    /** How long a child waits for memory for a long line: clients that read nothing are gone by then. */
    private static final long MEMORY_WAIT_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final String name;
    private final StdioTransport transport;
    private final ProcessGroups groups;
    private final ScheduledExecutorService scheduler;
    private final LineMemory memory;
    private final ThreadFactory threads;
    private final Listener listener;
    private final String mark = UUID.randomUUID().toString();
    private final LastLines errors = new LastLines();

    private final LineQueue queue = new LineQueue();

    @GuardedBy("this")
    private boolean stopping;

    @GuardedBy("this")
    private boolean failed;

    @GuardedBy("this")
    private @Nullable Process process;

    /** What the line that is being read has taken of the memory. Of the thread that reads. */
    private long reserved;

    private volatile boolean readAll;
    private volatile long writingSince;
    private volatile boolean writing;
    private volatile long readingSince;
    private volatile boolean reading;

    /**
     * A child that {@link #start} starts.
     *
     * @param name of its upstream
     * @param runtime what all children share
     */
    public ChildProcess(String name, StdioTransport transport, ChildRuntime runtime, Listener listener) {
        this.name = name;
        this.transport = transport;
        this.groups = runtime.groups();
        this.scheduler = runtime.scheduler();
        this.memory = runtime.memory();
        this.threads = runtime.threads();
        this.listener = listener;
    }

    @Override
    public void start() {
        try {
            thread("in", this::run).start();
        } catch (OutOfMemoryError e) {
            // The system has no further thread.
            notStarted(e);
        }
    }

    private void notStarted(Throwable why) {
        fail(new LineServerException(LineServerException.Problem.START, String.valueOf(why.getMessage())));
        listener.gone();
    }

    private Thread thread(String part, Runnable body) {
        Thread thread = threads.newThread(body);
        thread.setName("weir-child-" + name + "-" + part);
        thread.setDaemon(true);
        return thread;
    }

    private void run() {
        Process started;
        try {
            started = launch();
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            notStarted(e);
            return;
        }
        // First of all: whatever fails from here on, its end is noticed.
        var unused = started.onExit().thenAccept(ended -> schedule(0, () -> exited(ended, System.nanoTime())));
        try {
            thread("out", () -> read(started.getInputStream())).start();
            thread("err", () -> readErrors(started.getErrorStream())).start();
        } catch (OutOfMemoryError e) {
            kill(new LineServerException(LineServerException.Problem.START, String.valueOf(e.getMessage())));
        }
        write(started.getOutputStream());
    }

    private Process launch() throws IOException {
        List<String> words = new ArrayList<>(ProcessGroups.newSession());
        long ceiling = transport.children().maxMemoryBytes();
        String limit = ceiling > 0 ? "ulimit -d " + (ceiling + KIB - 1) / KIB + "; " : "";
        words.addAll(List.of("sh", "-c", ENTER + limit + EXEC, "weir-child"));
        words.addAll(transport.command());
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().putAll(transport.environment());
        builder.environment().put("WEIR_CHILD", mark);
        transport.directory().map(folder -> folder.toFile()).ifPresent(builder::directory);
        requireDirectory(builder.directory());
        Process started = builder.start();
        try {
            groups.add(started.pid(), mark);
            started.getOutputStream().write(GO.getBytes(StandardCharsets.US_ASCII));
            started.getOutputStream().flush();
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            started.destroyForcibly();
            groups.forget(started.pid());
            throw e;
        }
        boolean late;
        synchronized (this) {
            process = started;
            late = stopping;
        }
        if (late) {
            schedule(0, () -> groups.kill(started.pid()));
        }
        LOG.debug("child {} of '{}' started", started.pid(), name);
        return started;
    }

    private static void requireDirectory(@Nullable File folder) throws IOException {
        if (folder != null && !folder.isDirectory()) {
            throw new IOException("its cwd " + folder + " is no directory");
        }
    }

    @Override
    public synchronized String label() {
        Process started = process;
        return "child " + (started == null ? 0 : started.pid());
    }

    @Override
    public boolean send(Line line) {
        return queue.add(line);
    }

    @Override
    public boolean takeBack(Line line) {
        return queue.takeBack(line);
    }

    @Override
    public long queuedBytes() {
        return queue.bytes();
    }

    @Override
    public int maxQueuedBytes() {
        return MemoryPlan.CHILD_INPUT;
    }

    @Override
    public long stalledNanos(long now) {
        long since = writingSince;
        return writing ? now - since : 0;
    }

    @Override
    public long silentNanos(long now) {
        // In this order: if it reads again meanwhile, the silence is taken to be shorter than it is.
        boolean waits = reading;
        long since = readingSince;
        return waits ? now - since : 0;
    }

    private void write(OutputStream to) {
        byte[] piece = new byte[MemoryPlan.LINE_PIECE];
        Line line = null;
        try (to) {
            for (line = queue.take(); line != null; line = queue.take()) {
                line.begin();
                write(line, to, piece);
                if (queuedBytes() == 0) {
                    listener.drained();
                }
            }
        } catch (IOException e) {
            // It has ended, or closed its input: its exit says more.
            writing = false;
            Line unwritten = line;
            schedule(TimeUnit.NANOSECONDS.toMillis(DRAIN_NANOS), () -> {
                fail(new LineServerException(LineServerException.Problem.INPUT, "it has closed its input" + said()));
                if (unwritten != null) {
                    unwritten.end(false);
                }
                stop();
            });
        }
    }

    /** Piece by piece: a child that has read one is not stalled, and nothing is on the heap twice. */
    private void write(Line line, OutputStream to, byte[] piece) throws IOException {
        boolean read = false;
        while (!read) {
            int count = line.read(piece);
            read = count < piece.length;
            if (read) {
                piece[count++] = '\n';
            }
            writingSince = System.nanoTime();
            writing = true;
            to.write(piece, 0, count);
            to.flush();
            writing = false;
        }
        line.end(true);
    }

    /** Its output: notes since when it is waited for. */
    private final class Output extends FilterInputStream {
        Output(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] to, int from, int length) throws IOException {
            readingSince = System.nanoTime();
            reading = true;
            try {
                return super.read(to, from, length);
            } finally {
                reading = false;
            }
        }
    }

    private void read(InputStream from) {
        LineReader lines =
                LineReader.failing(new Output(from), transport.children().maxLineBytes(), this::reserve);
        try (from) {
            for (byte[] line = lines.next(); line != null; line = lines.next()) {
                keep(Math.min(reserved, line.length));
                listener.line(line);
                keep(0);
            }
        } catch (LineServerException e) {
            fail(e);
            kill();
        } catch (IOException e) {
            // The pipe was closed under it.
        } catch (RuntimeException e) {
            LOG.error("child of '{}': a line could not be handled", name, e);
            fail(new LineServerException(LineServerException.Problem.STOPPED, "a line could not be handled"));
            kill();
        } finally {
            keep(0);
            readAll = true;
        }
        schedule(OUTPUT_GRACE_MILLIS, this::outputEnded);
    }

    /**
     * Takes memory for the longest line, which is on the heap twice while it grows; waits for that. It is taken at
     * once, and what the line does not need is given back before the line takes more on its way to a client: so
     * children that have some never wait for each other.
     */
    private boolean reserve() {
        long whole = 2L * transport.children().maxLineBytes();
        long deadline = System.nanoTime() + MEMORY_WAIT_NANOS;
        while (!memory.take(whole)) {
            if (hasFailed() || System.nanoTime() - deadline >= 0) {
                return false;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        reserved = whole;
        return true;
    }

    private synchronized boolean hasFailed() {
        return failed;
    }

    private void keep(long bytes) {
        memory.giveBack(reserved - bytes);
        reserved = bytes;
    }

    private void readErrors(InputStream from) {
        byte[] buffer = new byte[4096];
        try (from) {
            for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
                errors.add(buffer, count);
            }
            errors.end();
        } catch (IOException e) {
            errors.end();
        }
    }

    /**
     * A program that goes on after the end of its output answers nothing any more. One that has exited has said why.
     */
    private void outputEnded() {
        Process started;
        synchronized (this) {
            started = process;
        }
        if (started != null && started.isAlive()) {
            fail(new LineServerException(LineServerException.Problem.OUTPUT, "and goes on" + said()));
            stop();
        }
    }

    /** Tells the listener, once. */
    private void fail(LineServerException why) {
        synchronized (this) {
            if (failed) {
                return;
            }
            failed = true;
        }
        listener.failed(why);
        queue.clear();
    }

    private String said() {
        String last = errors.text();
        return last.isEmpty() ? "" : "; its last lines: " + last;
    }

    /** Closes its input, and ends it step by step if it does not exit. */
    @Override
    public void stop() {
        Process started;
        synchronized (this) {
            if (stopping) {
                return;
            }
            stopping = true;
            started = process;
        }
        queue.close();
        // What the listener does may block: the end is due before.
        if (started != null) {
            Duration patience = transport.children().stopTimeout();
            long group = started.pid();
            schedule(patience.toMillis(), () -> ifRunning(started, () -> groups.terminate(group)));
            schedule(2 * patience.toMillis(), () -> ifRunning(started, () -> groups.kill(group)));
        }
        fail(new LineServerException(LineServerException.Problem.STOPPED, "its session has ended"));
    }

    /** Ends it and all that it started at once. */
    public void kill() {
        Process started;
        synchronized (this) {
            stopping = true;
            started = process;
        }
        queue.close();
        if (started != null) {
            schedule(0, () -> ifRunning(started, () -> groups.kill(started.pid())));
        }
        fail(new LineServerException(LineServerException.Problem.STOPPED, "it was killed"));
    }

    @Override
    public void kill(LineServerException why) {
        fail(why);
        kill();
    }

    private static void ifRunning(Process started, Runnable then) {
        if (started.isAlive()) {
            then.run();
        }
    }

    /** The program has exited: what it wrote is read, and what it started is ended. */
    private void exited(Process ended, long at) {
        if (!readAll && System.nanoTime() - at < DRAIN_NANOS) {
            schedule(POLL_MILLIS, () -> exited(ended, at));
            return;
        }
        String program = Redaction.printable(transport.command().get(0));
        fail(new LineServerException(
                LineServerException.Problem.EXITED,
                "'" + program + "' with status " + ended.exitValue() + meaning(ended.exitValue()) + said()));
        if (groups.isAlive(ended.pid())) {
            groups.terminate(ended.pid());
        }
        endGroup(ended, System.nanoTime());
    }

    /** What a shell means by that status. */
    private static String meaning(int status) {
        return switch (status) {
            case NOT_EXECUTABLE -> ", by which shells mean that a program cannot be executed";
            case NOT_FOUND -> ", by which shells mean that a program was not found";
            default -> "";
        };
    }

    private void endGroup(Process ended, long since) {
        long patience = transport.children().stopTimeout().toNanos();
        if (groups.isAlive(ended.pid()) && System.nanoTime() - since < patience) {
            schedule(POLL_MILLIS, () -> endGroup(ended, since));
            return;
        }
        groups.kill(ended.pid());
        groups.forget(ended.pid());
        close(ended.getInputStream());
        close(ended.getErrorStream());
        LOG.debug("child {} of '{}' is gone", ended.pid(), name);
        listener.gone();
    }

    private static void close(InputStream stream) {
        try {
            stream.close();
        } catch (IOException e) {
            // Nothing reads it any more.
        }
    }

    @Override
    public @Nullable Reading reading() {
        return null;
    }

    private void schedule(long millis, Runnable task) {
        if (!scheduler.isShutdown()) {
            var unused = scheduler.schedule(task, millis, TimeUnit.MILLISECONDS);
        }
    }
}
