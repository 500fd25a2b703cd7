package io.weir.config;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Where a value of a configuration came from. Immutable.
 *
 * @param kind what set it
 * @param at the place: {@code FILE:LINE}, the option, the profile, the time of a PATCH, or what a derived value
 *     follows; empty for a default
 */
public record Source(Kind kind, String at) {
    /** Nothing set it. */
    public static final Source DEFAULT = new Source(Kind.DEFAULT, "");

    /** What can set a value; a later one goes before an earlier one. */
    public enum Kind {
        /** Nothing: the value is a constant. */
        DEFAULT("default"),
        /** Nothing: the value follows another one, or the memory. */
        DERIVED("derived"),
        /** The profile. */
        PROFILE("profile"),
        /** A configuration file. */
        FILE("file"),
        /** An option of the command line. */
        OPTION("option"),
        /** A PATCH of the limits while the gateway runs. */
        PATCH("patch");

        private final String key;

        Kind(String key) {
            this.key = key;
        }

        /** How it is named where it is shown. */
        public String key() {
            return key;
        }
    }

    /** An option, as it was typed. */
    static Source option(String option) {
        return new Source(Kind.OPTION, option);
    }

    /** A PATCH at that time, which is shown in milliseconds. */
    public static Source patch(Instant at) {
        return new Source(Kind.PATCH, at.truncatedTo(ChronoUnit.MILLIS).toString());
    }

    /** For a person: the place, or what it is where it has none. */
    public String describe() {
        return switch (kind) {
            case DEFAULT -> "default";
            case DERIVED, FILE, OPTION -> at;
            case PROFILE -> "profile " + at;
            case PATCH -> "PATCH of " + at;
        };
    }
}
