package io.weir.sim.report;

import io.weir.sim.engine.Bins;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An axis from 0 to a round number.
 *
 * @param step between two ticks
 * @param top where the axis ends; at least one step
 */
record Scale(double step, double top) {
    private static final double[] ROUND = {1, 2, 5, 10};
    private static final double NANOS_PER_SECOND = 1e9;
    private static final long MINUTES_FROM = 600_000_000_000L;
    private static final long HOURS_FROM = 6 * 3_600_000_000_000L;
    private static final double SECONDS_PER_MINUTE = 60;
    private static final double SECONDS_PER_HOUR = 3600;
    private static final int THREE_DIGITS = 100;

    /**
     * The axis for values up to a largest one.
     *
     * @param steps that it has at most
     */
    static Scale upTo(double largest, int steps) {
        double step = step(largest, steps);
        return new Scale(step, Math.max(1, Math.ceil(largest / step - 1e-9)) * step);
    }

    private static double step(double largest, int steps) {
        if (!(largest > 0)) {
            return 1;
        }
        double magnitude = 1;
        while (magnitude * steps < largest) {
            magnitude *= 10;
        }
        while (magnitude * steps / 10 >= largest) {
            magnitude /= 10;
        }
        // The step is between a tenth of the magnitude and the magnitude.
        for (double each : ROUND) {
            if (each * magnitude / 10 * steps >= largest) {
                return each * magnitude / 10;
            }
        }
        return magnitude;
    }

    /** Where the ticks are. */
    List<Double> ticks() {
        List<Double> ticks = new ArrayList<>();
        for (int i = 0; i * step <= top * (1 + 1e-9); i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    /** A value as plots and tables write it: three digits or more, without an exponent. */
    static String text(double value) {
        double size = Math.abs(value);
        int decimals = size >= THREE_DIGITS ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
        String text = String.format(Locale.ROOT, "%,." + decimals + "f", value);
        return decimals == 0 ? text : text.replaceFirst("\\.?0+$", "");
    }

    /** How many seconds the unit of a time axis has. */
    static double unitSeconds(Bins bins) {
        return bins.end() >= HOURS_FROM ? SECONDS_PER_HOUR : bins.end() >= MINUTES_FROM ? SECONDS_PER_MINUTE : 1;
    }

    /** The unit of a time axis. */
    static String unit(Bins bins) {
        return bins.end() >= HOURS_FROM ? "h" : bins.end() >= MINUTES_FROM ? "min" : "s";
    }

    /** A time on the time axis, without its unit. */
    static String time(long nanos, Bins bins) {
        String text = String.format(Locale.ROOT, "%.3f", nanos / NANOS_PER_SECOND / unitSeconds(bins));
        return text.replaceFirst("\\.?0+$", "");
    }

    /** What a bin covers, with the unit. */
    static String bin(int bin, Bins bins) {
        return time(bins.start(bin), bins) + "\u2013" + time(bins.end(bin), bins) + " " + unit(bins);
    }

    /** A length of time with its unit: that of a bin. */
    static String width(long nanos) {
        double seconds = nanos / NANOS_PER_SECOND;
        if (seconds < 1) {
            return text(seconds * 1000) + " ms";
        }
        if (seconds < SECONDS_PER_MINUTE) {
            return text(seconds) + " s";
        }
        return seconds < SECONDS_PER_HOUR
                ? text(seconds / SECONDS_PER_MINUTE) + " min"
                : text(seconds / SECONDS_PER_HOUR) + " h";
    }
}
