package io.weir.config;

import java.nio.file.Path;

/**
 * Where and how finished requests are written down, a line each.
 *
 * @param file the newest part; older ones are FILE.1, FILE.2, …
 * @param maxBytes after which a part is full, 4,096 to 2^40
 * @param files how many parts are kept, 1 to 1,000
 * @param bufferLines how many lines may wait to be written, 16 to 2^20; beyond it, and beyond {@link #BUFFER_BYTES},
 *     lines are lost, and counted
 */
public record AccessLogConfig(Path file, long maxBytes, int files, int bufferLines) {
    /** How much heap lines may take that wait to be written: 8 MiB. */
    public static final long BUFFER_BYTES = 8L << 20;
}
