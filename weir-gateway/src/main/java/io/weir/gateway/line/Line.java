package io.weir.gateway.line;

/** A line for a server, without its end. Not thread-safe: it belongs to the queue that it is given to. */
public final class Line {
    private static final byte[] NOTHING = {};

    private final Runnable taken;
    private byte[] bytes;
    private boolean given;

    /** @param taken is run before the line is written; on a thread of the server's */
    public Line(byte[] bytes, Runnable taken) {
        this.bytes = bytes;
        this.taken = taken;
    }

    int length() {
        return bytes.length;
    }

    boolean isGiven() {
        return given;
    }

    void give() {
        given = true;
    }

    /** Its bytes, once, when it is about to be written: who gave the line keeps it until its response has come. */
    public byte[] take() {
        byte[] all = bytes;
        taken.run();
        bytes = NOTHING;
        return all;
    }
}
