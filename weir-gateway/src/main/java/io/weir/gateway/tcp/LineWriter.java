package io.weir.gateway.tcp;

/** Where messages to a client go. Confined to its event loop. */
interface LineWriter {
    /** Writes a message, and the end of its line. */
    void write(byte[] message);

    /** Writes a message that is whole, which then begins anew; its bytes stay budgeted until they are written. */
    void write(AnswerText message);

    /** Whether the client does not read as fast as it is written to. */
    boolean isFull();

    /** Runs that once, when the client has read enough of what it was sent. */
    void whenDrained(Runnable then);
}
