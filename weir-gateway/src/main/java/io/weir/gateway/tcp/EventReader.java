package io.weir.gateway.tcp;

import io.vertx.core.buffer.Buffer;

/** Takes the bytes of an event stream (HTML, section 9.2) apart, as far as data is concerned. Confined to its event loop. */
final class EventReader {
    /** UTF-8's byte order mark, which may stand before the first line. */
    private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private static final byte[] DATA = {'d', 'a', 't', 'a', ':'};

    private final AnswerText text;
    private final Runnable onEvent;
    private int column;
    private boolean isData;
    private boolean afterColon;
    private boolean hasData;
    private boolean afterReturn;

    /** How many bytes of a mark there were; -1 when there can be none any more. */
    private int mark;

    /**
     * A reader at the beginning of a stream.
     *
     * @param text gets the data of an event
     * @param onEvent is run when the data of an event is whole; it empties the text
     */
    EventReader(AnswerText text, Runnable onEvent) {
        this.text = text;
        this.onEvent = onEvent;
    }

    /** Takes the bytes that come next. */
    void accept(Buffer bytes) {
        for (int i = 0; i < bytes.length(); i++) {
            byte b = bytes.getByte(i);
            if (mark >= 0) {
                if (mark < MARK.length && b == MARK[mark]) {
                    mark++;
                    continue;
                }
                mark = -1;
            }
            boolean second = b == '\n' && afterReturn;
            afterReturn = b == '\r';
            if (second) {
                continue;
            }
            if (b == '\n' || b == '\r') {
                endLine();
            } else {
                inLine(b);
            }
        }
    }

    private void inLine(byte b) {
        if (column < DATA.length) {
            isData = (column == 0 || isData) && b == DATA[column];
            column++;
            afterColon = isData && column == DATA.length;
            if (afterColon && hasData) {
                // Data of more than one line: JSON may have a blank wherever it may have the end of a line.
                text.add((byte) ' ');
            }
            return;
        }
        if (isData && !(afterColon && b == ' ')) {
            text.add(b);
            hasData = true;
        }
        afterColon = false;
    }

    private void endLine() {
        if (column == 0 && hasData) {
            hasData = false;
            onEvent.run();
        }
        column = 0;
        isData = false;
        afterColon = false;
    }
}
