package io.weir.sim.scenario;

import io.weir.core.config.InvalidConfigException;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads quantities with their units. Every method throws {@link InvalidConfigException} if the text is none. */
final class Quantities {
    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("([0-9][0-9_]*(?:\\.[0-9]+)?) ?([A-Za-z%/]*)");
    private static final Map<String, Long> NANOS = Map.of(
            "ns",
            1L,
            "us",
            1_000L,
            "ms",
            1_000_000L,
            "s",
            1_000_000_000L,
            "m",
            60_000_000_000L,
            "h",
            3_600_000_000_000L);
    private static final Map<String, Long> BYTES =
            Map.of("", 1L, "B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30);
    private static final Map<String, Long> PER_THOUSAND_SECONDS = Map.of("/s", 1000L);
    private static final Map<String, Long> PER_MILLION = Map.of("%", 10_000L);
    private static final double MAX_SIGMA = 3;

    /** A million a second. */
    private static final long MAX_RATE = 1_000_000_000L;

    private Quantities() {}

    static long duration(String key, String text) {
        return quantity(key, text, NANOS, "must be a time with its unit, such as 250us, 5ms, 1.5s or 2m");
    }

    static long bytes(String key, String text) {
        return quantity(key, text, BYTES, "must be a number of bytes, such as 300, 64KiB or 2MiB");
    }

    /** In messages of a thousand seconds. */
    static long rate(String key, String text) {
        long rate = quantity(key, text, PER_THOUSAND_SECONDS, "must be messages a second, such as 800/s or 0.5/s");
        if (rate > MAX_RATE) {
            throw new InvalidConfigException(key, "must be at most 1000000/s, but is '" + text + "'");
        }
        return rate;
    }

    /** In millionths. */
    static int share(String key, String text) {
        long share = quantity(key, text, PER_MILLION, "must be a share, such as 5% or 0.1%");
        if (share > 1_000_000) {
            throw new InvalidConfigException(key, "must be 100% at the most, but is '" + text + "'");
        }
        return (int) share;
    }

    /** A factor, in thousandths. */
    static int factor(String key, String text) {
        long factor = quantity(key, text, Map.of("", 1000L), "must be a factor, such as 2.5");
        if (factor < 1 || factor > 1_000_000) {
            throw new InvalidConfigException(key, "must be from 0.001 to 1000, but is '" + text + "'");
        }
        return (int) factor;
    }

    static ServiceTime service(String key, String text) {
        String[] words = text.strip().split("\\s+", -1);
        try {
            ServiceTime.Shape shape = ServiceTime.Shape.valueOf(words[0].toUpperCase(Locale.ROOT));
            long first = words.length > 1 ? duration(key, words[1]) : -1;
            if (first > 0 && words.length == 2 && shape == ServiceTime.Shape.CONSTANT) {
                return ServiceTime.constant(first);
            }
            if (first > 0 && words.length == 2 && shape == ServiceTime.Shape.EXPONENTIAL) {
                return ServiceTime.exponential(first);
            }
            if (first >= 0 && words.length == 3 && shape == ServiceTime.Shape.UNIFORM) {
                long most = duration(key, words[2]);
                if (most >= Math.max(1, first)) {
                    return new ServiceTime(shape, first + (most - first) / 2, first, most, 0);
                }
            }
            if (first > 0 && words.length == 3 && shape == ServiceTime.Shape.LOGNORMAL) {
                double sigma = Double.parseDouble(words[2]);
                if (sigma > 0 && sigma <= MAX_SIGMA) {
                    return new ServiceTime(shape, first, 0, 0, sigma);
                }
            }
        } catch (IllegalArgumentException e) {
            // Told below, as every other text that is no such distribution.
        }
        throw new InvalidConfigException(
                key,
                "must be constant TIME, exponential MEAN, uniform LEAST MOST or lognormal MEAN SIGMA, such as"
                        + " 'exponential 5ms' or 'lognormal 20ms 0.5', but is '" + text + "'");
    }

    private static long quantity(String key, String text, Map<String, Long> units, String wanted) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text.strip());
        Long unit = matcher.matches() ? units.get(matcher.group(2)) : null;
        if (unit == null) {
            throw new InvalidConfigException(key, wanted + ", but is '" + text + "'");
        }
        BigDecimal value = new BigDecimal(matcher.group(1).replace("_", "")).multiply(BigDecimal.valueOf(unit));
        if (value.compareTo(BigDecimal.valueOf(Long.MAX_VALUE / 4)) > 0) {
            throw new InvalidConfigException(key, "is too large: " + text);
        }
        return value.longValue();
    }
}
