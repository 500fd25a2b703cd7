package io.weir.gateway.tcp;

import io.vertx.core.buffer.Buffer;

/** Takes the bytes of an event stream (HTML, section 9.2) apart, as far as data is concerned. Confined to its event loop. */
final class EventReader {
    private static final byte[] DATA = {'d', 'a', 't', 'a', ':'};

    private final AnswerText text;
    private final Runnable onEvent;
    private int column;
    private boolean isData;
    private boolean afterColon;
    private boolean hasData;
    private boolean afterReturn;

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
