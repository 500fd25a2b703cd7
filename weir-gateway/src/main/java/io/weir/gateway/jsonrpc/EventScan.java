package io.weir.gateway.jsonrpc;

/**
 * Follows the bytes of an event stream (HTML, server-sent events), and has the data of each event scanned. Not
 * thread-safe.
 */
public final class EventScan {
    private static final String DATA = "data:";
    private static final String ID = "id:";

    private final AnswerScan scan;
    private int column;
    private boolean mayBeData = true;
    private boolean mayBeId = true;
    private boolean afterReturn;
    private boolean resumable;

    /** @param scan of the data */
    public EventScan(AnswerScan scan) {
        this.scan = scan;
        scan.restart();
    }

    /** Whether an event had an id: a client may ask for what comes after it on another stream. */
    public boolean isResumable() {
        return resumable;
    }

    /**
     * Takes the next byte.
     *
     * @return false once a response is wrong
     */
    public boolean next(byte b) {
        if (b == '\n' || b == '\r') {
            boolean secondOfTwo = b == '\n' && afterReturn;
            afterReturn = b == '\r';
            if (!secondOfTwo) {
                lineEnds();
            }
            return true;
        }
        afterReturn = false;
        if (column >= DATA.length()) {
            return !mayBeData || scan.next(b);
        }
        mayBeData &= b == DATA.charAt(column);
        mayBeId &= column >= ID.length() || b == ID.charAt(column);
        column++;
        resumable |= mayBeId && column == ID.length();
        return true;
    }

    private void lineEnds() {
        if (column == 0) {
            scan.restart();
        }
        column = 0;
        mayBeData = true;
        mayBeId = true;
    }
}
