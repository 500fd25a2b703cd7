package io.weir.gateway.jsonrpc;

/**
 * Follows the bytes of an event stream (HTML, server-sent events), and passes on the data of each event. Not
 * thread-safe.
 */
public final class EventScan {
    private static final String DATA = "data:";
    private static final String ID = "id:";

    /** UTF-8's byte order mark, which may stand before the first line (HTML, section 9.2.6). */
    private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final Data events;

    /** Takes what is in the events. */
    public interface Data {
        /**
         * A part of the data of an event. Where that is of more than one line, the ends of lines are left out: in JSON
         * they stand between tokens alone.
         */
        void data(byte[] bytes, int from, int to);

        /** An event has ended; it may have had no data. */
        void eventEnd();
    }

    private int column;
    private boolean mayBeData = true;
    private boolean mayBeId = true;
    private boolean mayBeMark = true;
    private boolean afterReturn;
    private boolean resumable;

    /** @param events is given the data */
    public EventScan(Data events) {
        this.events = events;
    }

    /** Whether an event had an id: a client may ask for what comes after it on another stream. */
    public boolean isResumable() {
        return resumable;
    }

    /** Takes the bytes that come next. */
    public void accept(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to) {
            byte b = bytes[i];
            if (b == '\n' || b == '\r') {
                lineEnd(b);
                i++;
            } else if (column < DATA.length()) {
                beginning(b);
                i++;
            } else {
                int end = lineEnd(bytes, i, to);
                if (mayBeData) {
                    events.data(bytes, i, end);
                }
                i = end;
            }
        }
    }

    private static int lineEnd(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to && bytes[i] != '\n' && bytes[i] != '\r') {
            i++;
        }
        return i;
    }

    /** The first bytes of a line say which field it is. */
    private void beginning(byte b) {
        afterReturn = false;
        mayBeData &= b == DATA.charAt(column);
        mayBeId &= column >= ID.length() || b == ID.charAt(column);
        mayBeMark &= column < MARK.length && b == MARK[column];
        column++;
        resumable |= mayBeId && column == ID.length();
        if (mayBeMark && column == MARK.length) {
            beginLine();
        }
    }

    private void lineEnd(byte b) {
        boolean secondOfTwo = b == '\n' && afterReturn;
        afterReturn = b == '\r';
        if (secondOfTwo) {
            return;
        }
        if (column == 0) {
            events.eventEnd();
        }
        beginLine();
    }

    private void beginLine() {
        column = 0;
        mayBeData = true;
        mayBeId = true;
        mayBeMark = false;
    }
}
