package io.weir.gateway.ops;

import io.weir.config.DecisionLogConfig;
import io.weir.core.queue.DecisionLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes decisions to files, by a thread of its own. Lines wait for it in a buffer that is bounded in lines and in
 * bytes; those that find it full are lost. While a file cannot be written, all lines are lost, and it is tried again
 * every few seconds. Where lines were lost, a line of the log says how many, so that nobody takes what is before and
 * behind it for one sequence. Thread-safe.
 */
public final class DecisionLogWriter extends DecisionLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("weir.decisions");
    private static final int LABEL_BYTES = 8;
    private static final String CHECKPOINT = "{\"e\":\"checkpoint\",";
    private static final String GAP = "{\"e\":\"gap\",\"lost\":";

    private final ArrayBlockingQueue<String> buffer;

    /** What the lines in the buffer take. */
    private final AtomicLong bufferedBytes = new AtomicLong();

    private final LogFileThread writer;
    private final byte[] salt = new byte[16];
    private final MessageDigest digest = sha256();

    /** Lines that were lost since the last that was not. Written under this monitor. */
    private volatile long lost;

    /** Lines that were ever lost. Written under this monitor. */
    private volatile long lostInAll;

    /** Whether a checkpoint waits to be written: what waits before it belongs to the part that ends. */
    private volatile boolean checkpointIsBuffered;

    DecisionLogWriter(DecisionLogConfig config, RotatingFiles files) {
        this(config, files, LogFileThread.RETRY_MILLIS);
    }

    /** @param retryMillis after which a file that cannot be written is tried again */
    DecisionLogWriter(DecisionLogConfig config, RotatingFiles files, long retryMillis) {
        this.buffer = new ArrayBlockingQueue<>(config.bufferLines());
        this.writer = new LogFileThread("decision log", LOG, new Decisions(), files, retryMillis);
        new SecureRandom().nextBytes(salt);
    }

    /** Begins to write. @throws IOException if the file cannot be opened */
    public static DecisionLogWriter open(DecisionLogConfig config) throws IOException {
        DecisionLogWriter log =
                new DecisionLogWriter(config, new RotatingFiles(config.file(), config.maxBytes(), config.files()));
        log.start();
        return log;
    }

    void start() throws IOException {
        writer.start();
    }

    /** Whether what is decided now is written down. */
    public boolean isWriting() {
        return !writer.isStopped();
    }

    /** How many lines were lost since the start. */
    public long lostInAll() {
        return lostInAll;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    protected synchronized void line(String json) {
        String gap = lost > 0 ? gapLine(lost) : null;
        if (isCheckpoint(json)) {
            keepCheckpoint(json, gap);
            return;
        }
        if (writer.isStopped() || !hasRoom(json, gap)) {
            lost++;
            lostInAll++;
            return;
        }
        if (gap != null) {
            keep(gap);
            lost = 0;
        }
        keep(json);
    }

    /** It has room beside the lines, and is no decision that is lost without room. */
    private void keepCheckpoint(String json, @Nullable String gap) {
        if (!writer.isStopped() && buffer.remainingCapacity() >= 2) {
            if (gap != null) {
                keep(gap);
                lost = 0;
            }
            buffer.add(json);
            checkpointIsBuffered = true;
        }
    }

    private static boolean isCheckpoint(String line) {
        return line.startsWith(CHECKPOINT);
    }

    /** Whether a line has room with what has to be said before it: else a line of a gap would follow another. */
    private boolean hasRoom(String json, @Nullable String gap) {
        long bytes = bytes(json) + (gap == null ? 0 : bytes(gap));
        return bufferedBytes.get() + bytes <= DecisionLogConfig.BUFFER_BYTES
                && buffer.remainingCapacity() >= (gap == null ? 1 : 2);
    }

    private void keep(String line) {
        bufferedBytes.addAndGet(bytes(line));
        buffer.add(line);
    }

    private static long bytes(String line) {
        return isCheckpoint(line) ? 0 : line.length() + DecisionLogConfig.LINE_BYTES;
    }

    /** What lines that wait to be written take, in bytes. */
    long bufferedBytes() {
        return bufferedBytes.get();
    }

    static String gapLine(long lines) {
        return GAP + lines + "}";
    }

    /** How many missing lines a line tells of; 0 if it tells of a decision. */
    private static long told(String line) {
        return line.startsWith(GAP) ? Long.parseLong(line, GAP.length(), line.length() - 1, 10) : 0;
    }

    /**
     * The id of a session can be used by whoever knows it: what stands in the log is another name, the same for this
     * run.
     */
    @Override
    protected synchronized String label(String connectionKey) {
        if (connectionKey.indexOf('/') < 0) {
            return connectionKey;
        }
        digest.update(salt);
        byte[] hash = digest.digest(connectionKey.getBytes(StandardCharsets.UTF_8));
        return "s-" + HexFormat.of().formatHex(hash, 0, LABEL_BYTES);
    }

    private final class Decisions implements LogFileThread.Lines {
        @Override
        public void drain(RotatingFiles to, long patienceMillis) throws IOException, InterruptedException {
            @Nullable String line = buffer.poll(patienceMillis, TimeUnit.MILLISECONDS);
            while (line != null) {
                bufferedBytes.addAndGet(-bytes(line));
                write(to, line);
                line = buffer.poll();
            }
            to.flush();
            if (writer.isClosed() && lost > 0 && buffer.isEmpty()) {
                to.write(gapLine(lost), 0);
                to.flush();
                synchronized (DecisionLogWriter.this) {
                    lost = 0;
                }
            }
        }

        @Override
        public void lose(RotatingFiles.Unsafe unsafe) {
            synchronized (DecisionLogWriter.this) {
                checkpointIsBuffered = false;
                List<String> waiting = new ArrayList<>();
                buffer.drainTo(waiting);
                long lines = unsafe.lines();
                long told = unsafe.missing();
                for (String line : waiting) {
                    bufferedBytes.addAndGet(-bytes(line));
                    long missing = told(line);
                    lines += missing > 0 || isCheckpoint(line) ? 0 : 1;
                    told += missing;
                }
                lost += lines + told;
                lostInAll += lines;
            }
        }

        @Override
        public long missing() {
            return lost;
        }

        @Override
        public String gap(long missing) {
            return gapLine(missing);
        }

        @Override
        public String resume(long missing) {
            synchronized (DecisionLogWriter.this) {
                long all = lost;
                lost -= missing;
                return all + " lines are missing";
            }
        }
    }

    private void write(RotatingFiles to, String line) throws IOException {
        if (isCheckpoint(line)) {
            to.writeCheckpoint(line);
            checkpointIsBuffered = false;
        } else {
            to.write(line, told(line));
            if (to.isFull() && !checkpointIsBuffered && buffer.remainingCapacity() >= 2) {
                checkpoint();
            }
        }
        to.waitForCheckpoint(hasQueues());
    }

    /** Writes what waits to be written, and ends; waits for ten seconds at most. */
    @Override
    public void close() {
        writer.close();
    }
}
