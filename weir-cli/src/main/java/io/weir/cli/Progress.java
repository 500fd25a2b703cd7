package io.weir.cli;

import java.util.function.LongConsumer;

/** How far something long has come, on one line of standard error, if that is a terminal. */
final class Progress implements LongConsumer {
    private static final int WHOLE = 100;
    private static final int WIDTH = 78;

    private final String what;
    private final long total;
    private final boolean shown = Boolean.getBoolean("weir.terminal.error");
    private long last = -1;

    /** @param total what {@link #accept} is told in the end */
    Progress(String what, long total) {
        this.what = what;
        this.total = Math.max(1, total);
    }

    @Override
    public void accept(long done) {
        long percent = Math.min(WHOLE, (long) ((double) done / total * WHOLE));
        if (shown && percent != last) {
            last = percent;
            System.err.printf("\r%s, %d %%", what, percent);
            System.err.flush();
        }
    }

    /** Wipes the line. */
    void done() {
        if (shown && last >= 0) {
            System.err.print("\r" + " ".repeat(WIDTH) + "\r");
            System.err.flush();
        }
    }
}
