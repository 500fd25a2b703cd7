package io.weir.config;

import java.nio.file.Path;

/**
 * Where and how decisions are written down.
 *
 * @param file the newest part; older ones are FILE.1, FILE.2, …
 * @param maxBytes after which a part is full, 4,096 to 2^40
 * @param files how many parts are kept, 1 to 1,000
 * @param bufferLines how many lines may wait to be written, 16 to 2^24; beyond it, and beyond {@link #BUFFER_BYTES},
 *     lines are lost, and counted
 */
public record DecisionLogConfig(Path file, long maxBytes, int files, int bufferLines) {
    static final long DEFAULT_MAX_BYTES = 64L << 20;
    /** How much heap lines may take that wait to be written: 8 MiB. */
    public static final long BUFFER_BYTES = 8L << 20;

    /** What a line takes beside its characters, which are all ASCII. */
    public static final long LINE_BYTES = 64;

    static final int DEFAULT_FILES = 8;
    static final int DEFAULT_BUFFER_LINES = 65_536;

    /** With 8 parts of 64 MiB and 65,536 lines that may wait. */
    public static DecisionLogConfig of(Path file) {
        return new DecisionLogConfig(file, DEFAULT_MAX_BYTES, DEFAULT_FILES, DEFAULT_BUFFER_LINES);
    }
}
