package io.weir.core.queue;

/** What a caller's code throws where nothing that waits behind it may be lost. */
public final class Uncaught {
    private Uncaught() {}

    /** Gives it to the handler of this thread, as if it had ended the thread. */
    public static void report(Throwable thrown) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
    }
}
