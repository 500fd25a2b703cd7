package io.weir.sim.report;

import java.util.List;
import java.util.Locale;

/** Figures as a person reads them. */
public final class Formats {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int HUNDRED = 100;
    private static final double KIB = 1024;
    private static final List<String> UNITS = List.of("bytes", "KiB", "MiB", "GiB");

    private Formats() {}

    /** A number, with commas. */
    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Nanoseconds as milliseconds. */
    public static String millis(long nanos) {
        return String.format(Locale.ROOT, "%,.1f ms", nanos / NANOS_PER_MILLI);
    }

    /** Nanoseconds as seconds. */
    public static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.1f s", nanos / NANOS_PER_SECOND);
    }

    /** Bytes, in the largest unit that they fill. */
    public static String bytes(long bytes) {
        double value = bytes;
        for (String unit : UNITS) {
            if (value < KIB) {
                return Scale.text(value) + " " + unit;
            }
            value /= KIB;
        }
        return Scale.text(value) + " TiB";
    }

    /** A number of things, with their name in the singular or the plural. */
    public static String count(long value, String one, String several) {
        return count(value) + " " + (value == 1 ? one : several);
    }

    /** A share as a percentage. */
    public static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f %%", HUNDRED * share);
    }

    /** A share with three digits. */
    public static String share(double share) {
        return String.format(Locale.ROOT, "%.3f", share);
    }
}
