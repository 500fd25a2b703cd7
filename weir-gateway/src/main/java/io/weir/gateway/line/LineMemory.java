package io.weir.gateway.line;

/** A budget of bytes on the heap for lines that are longer than usual. Thread-safe. */
public interface LineMemory {
    /** Takes bytes, if there are so many. */
    boolean take(long bytes);

    void giveBack(long bytes);
}
