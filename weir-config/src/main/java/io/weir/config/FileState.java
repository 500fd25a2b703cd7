package io.weir.config;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * What became of a file that is followed when it was read last. Immutable.
 *
 * @param at when that began to be so
 * @param problems why what was read before stays in force; empty if the file is in force as it is
 */
public record FileState(Instant at, List<String> problems) {
    /** A copy that is guaranteed not to change. */
    public FileState {
        problems = List.copyOf(problems);
    }

    /** In force from now on. */
    public static FileState applied() {
        return new FileState(Instant.now().truncatedTo(ChronoUnit.MILLIS), List.of());
    }

    /** Not in force from now on, and why. */
    public static FileState rejected(List<String> problems) {
        return new FileState(Instant.now().truncatedTo(ChronoUnit.MILLIS), problems);
    }

    /** Whether the file is in force as it is. */
    public boolean isApplied() {
        return problems.isEmpty();
    }
}
