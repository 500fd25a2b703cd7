package io.weir.gateway.ops;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * A thread that writes the lines of a log to its files. While they cannot be written, it tries again every few seconds,
 * and then tells in the file how many lines are missing. Thread-safe.
 */
final class LogFileThread implements AutoCloseable {
    /** After how long a file that cannot be written is tried again, in milliseconds. */
    static final long RETRY_MILLIS = 5_000;

    private static final long IDLE_MILLIS = 200;
    private static final long CLOSE_SECONDS = 10;

    private final String name;
    private final Logger log;
    private final Lines lines;
    private final RotatingFiles files;
    private final long retryMillis;
    private final Thread thread;
    private volatile boolean stopped;
    private volatile boolean closed;

    /** The lines of a log, which wait to be written. Called by the thread alone. */
    interface Lines {
        /**
         * Writes what waits, and flushes it.
         *
         * @param patienceMillis how long to wait for the first line, in milliseconds
         */
        void drain(RotatingFiles to, long patienceMillis) throws IOException, InterruptedException;

        /** Loses what waits, since the files cannot be written; new lines are lost already. */
        void lose(RotatingFiles.Unsafe unsafe);

        /** How many lines were lost that the file does not tell of. */
        long missing();

        /** A line that tells of so many missing ones. */
        String gap(long missing);

        /**
         * The file tells of so many missing ones, and new lines are about to be written again.
         *
         * @return how many lines are missing, in words
         */
        String resume(long missing);
    }

    /**
     * A thread that has not begun.
     *
     * @param name of the log, in words; its section of the configuration and its option are called so, too
     * @param log says when the files cannot be written
     * @param retryMillis after which files that cannot be written are tried again
     */
    LogFileThread(String name, Logger log, Lines lines, RotatingFiles files, long retryMillis) {
        this.name = name;
        this.log = log;
        this.lines = lines;
        this.files = files;
        this.retryMillis = retryMillis;
        this.thread = new Thread(this::run, "weir-" + name.replace(' ', '-'));
        thread.setDaemon(true);
    }

    /** Begins. @throws IOException if the file cannot be opened */
    void start() throws IOException {
        try {
            files.open();
        } catch (IOException e) {
            throw new IOException("The " + name + " " + files.file() + " cannot be opened: " + why(e)
                    + ". Name a file that can be written with " + name.replace(' ', '_') + ".file (--"
                    + name.replace(' ', '-') + "), or leave it out.");
        }
        thread.start();
    }

    /** Whether the files cannot be written for now: new lines are to be lost. */
    boolean isStopped() {
        return stopped;
    }

    /** Whether nothing more is to be written than what waits. */
    boolean isClosed() {
        return closed;
    }

    private void run() {
        try {
            boolean ended = false;
            while (!ended) {
                // Looked at before the lines: what was given before closing is written.
                ended = closed;
                if (stopped) {
                    retry();
                } else {
                    drain(ended ? 0 : IDLE_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            files.close();
        }
    }

    private void drain(long patienceMillis) throws InterruptedException {
        try {
            lines.drain(files, patienceMillis);
        } catch (IOException e) {
            // What was given since the last line that is safe is lost, and so is what comes.
            stopped = true;
            lines.lose(files.fail());
            log.error(
                    "{}: {} cannot be written: {}; the gateway goes on without it, and tries again every {} s",
                    name,
                    files.file(),
                    why(e),
                    TimeUnit.MILLISECONDS.toSeconds(retryMillis));
        }
    }

    /** Those that are lost meanwhile are told of with a later line. */
    private void retry() throws InterruptedException {
        for (long waited = 0; !closed && waited < retryMillis; waited += IDLE_MILLIS) {
            TimeUnit.MILLISECONDS.sleep(Math.min(IDLE_MILLIS, retryMillis));
        }
        long missing = lines.missing();
        try {
            files.resume();
            files.write(lines.gap(missing), missing);
            files.flush();
        } catch (IOException e) {
            files.fail();
            return;
        }
        String words = lines.resume(missing);
        stopped = false;
        log.warn("{}: {} is written again; {}", name, files.file(), words);
    }

    /** What went wrong with a file, in words. */
    private static String why(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "its directory does not exist";
        }
        if (e instanceof AccessDeniedException) {
            return "this user may not write it";
        }
        String reason = e instanceof FileSystemException failed ? failed.getReason() : null;
        return reason == null ? String.valueOf(e.getMessage()) : reason;
    }

    /** Has what waits written, and ends; waits for ten seconds at most. */
    @Override
    public void close() {
        closed = true;
        try {
            thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
