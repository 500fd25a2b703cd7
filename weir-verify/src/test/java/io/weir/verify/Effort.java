package io.weir.verify;

import java.util.Locale;

/** How much is tried: {@code -Dverify=quick}, the default, {@code ci} or {@code long}. */
enum Effort {
    /** What every change is worth: the whole build within minutes. */
    QUICK,
    /** What {@code .ci/run} tries before a change lands. */
    CI,
    /** As much as an hour finds. */
    LONG;

    /** The effort of this run. */
    static final Effort NOW = valueOf(System.getProperty("weir.verify", "quick").toUpperCase(Locale.ROOT));

    /** One of three numbers. */
    static int of(int quick, int ci, int longest) {
        return switch (NOW) {
            case QUICK -> quick;
            case CI -> ci;
            case LONG -> longest;
        };
    }
}
