package io.weir.gateway;

import io.weir.core.admission.Connection;
import io.weir.core.queue.Journal;
import io.weir.gateway.config.DecisionLogConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes decisions to files, by a thread of its own. Lines wait for it in a bounded buffer; those that find it full are lost, and a line
 * says how many. A file that cannot be written ends the log, and nothing else. Thread-safe.
 */
final class DecisionLog extends Journal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("weir.decisions");
    private static final long IDLE_MILLIS = 200;
    private static final int LABEL_BYTES = 8;

    private final ArrayBlockingQueue<String> buffer;
    private final LogFiles files;
    private final Thread writer = new Thread(this::write, "weir-decision-log");
    private final byte[] salt = new byte[16];
    private final MessageDigest digest = sha256();

    /** Lines that were lost since the last that was not. Written under this monitor. */
    private volatile long lost;

    private volatile boolean closed;
    private volatile boolean broken;

    DecisionLog(DecisionLogConfig config, LogFiles files) {
        this.buffer = new ArrayBlockingQueue<>(config.bufferLines());
        this.files = files;
        new SecureRandom().nextBytes(salt);
        writer.setDaemon(true);
    }

    /** Begins to write. */
    static DecisionLog open(DecisionLogConfig config) {
        DecisionLog log = new DecisionLog(config, new LogFiles(config.file(), config.maxBytes(), config.files()));
        log.start();
        return log;
    }

    void start() {
        writer.start();
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
        if (broken) {
            return;
        }
        if (lost > 0 && buffer.offer(gap(lost))) {
            lost = 0;
        }
        if (lost > 0 || !buffer.offer(json)) {
            lost++;
        }
    }

    static String gap(long lines) {
        return "{\"e\":\"gap\",\"lost\":" + lines + "}";
    }

    /** The id of a session can be used by whoever knows it: what stands in the log is another name, the same for this run. */
    @Override
    protected synchronized String label(Connection connection) {
        String key = connection.key();
        if (key.indexOf('/') < 0) {
            return key;
        }
        digest.update(salt);
        byte[] hash = digest.digest(key.getBytes(StandardCharsets.UTF_8));
        return "s-" + HexFormat.of().formatHex(hash, 0, LABEL_BYTES);
    }

    private void write() {
        try {
            files.open();
            boolean ended = false;
            while (!ended) {
                // Looked at before the buffer: what was offered before closing is written.
                ended = closed;
                drain(ended ? 0 : IDLE_MILLIS);
            }
        } catch (IOException e) {
            broken = true;
            buffer.clear();
            LOG.error(
                    "decision log: {} cannot be written: {}; it ends here, and the gateway goes on without it",
                    files.file(),
                    why(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            files.close();
        }
    }

    private static String why(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "its directory does not exist";
        }
        return e instanceof AccessDeniedException ? "this user may not write it" : String.valueOf(e.getMessage());
    }

    private void drain(long patienceMillis) throws IOException, InterruptedException {
        @Nullable String line = buffer.poll(patienceMillis, TimeUnit.MILLISECONDS);
        while (line != null) {
            files.write(line);
            line = buffer.poll();
        }
        if (closed && lost > 0 && buffer.isEmpty()) {
            files.write(gap(lost));
            lost = 0;
        }
        files.flush();
    }

    /** Writes what waits to be written, and ends. */
    @Override
    public void close() {
        closed = true;
        try {
            writer.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
