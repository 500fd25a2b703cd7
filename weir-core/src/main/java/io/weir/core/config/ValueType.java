package io.weir.core.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The type of a configuration key: how its value is read from text and written again, and which values are valid.
 * Immutable.
 *
 * @param <T> the type of the values
 */
public final class ValueType<T> {
    private static final Pattern QUANTITY = Pattern.compile("(-?[0-9][0-9_]*(?:\\.[0-9]+)?) ?([A-Za-z%/]*)");
    private static final Map<String, BigDecimal> NO_UNITS = Map.of("", BigDecimal.ONE);
    private static final Map<String, BigDecimal> BYTES =
            Map.of("", power(0), "B", power(0), "KiB", power(10), "MiB", power(20), "GiB", power(30));
    private static final Map<String, BigDecimal> MILLIS = Map.of(
            "",
            BigDecimal.ONE,
            "ms",
            BigDecimal.ONE,
            "s",
            BigDecimal.valueOf(1_000),
            "m",
            BigDecimal.valueOf(60_000),
            "h",
            BigDecimal.valueOf(3_600_000));

    private final String valid;
    private final Parser<T> parser;
    private final Function<T, String> writer;

    /** Reads a value from text. */
    @FunctionalInterface
    public interface Parser<T> {
        /** The value. @throws InvalidConfigException with that key, if the text is not a valid value */
        T parse(String key, String text);
    }

    private ValueType(String valid, Parser<T> parser, Function<T, String> writer) {
        this.valid = valid;
        this.parser = parser;
        this.writer = writer;
    }

    /**
     * A type of its own.
     *
     * @param valid which values are valid, for a person; may be empty
     */
    public static <T> ValueType<T> of(String valid, Parser<T> parser, Function<T, String> writer) {
        return new ValueType<>(valid, parser, writer);
    }

    /** Whole numbers; {@code _} may separate digits. */
    public static ValueType<Integer> integer(int min, int max) {
        return of(range(min, max), (key, text) -> (int) number(key, text, min, max), String::valueOf);
    }

    /** Whole numbers; {@code _} may separate digits. */
    public static ValueType<Long> number(long min, long max) {
        return of(range(min, max), (key, text) -> number(key, text, min, max), String::valueOf);
    }

    /**
     * Numbers with a unit, such as {@code 800/s} or {@code 5%}.
     *
     * @param min the smallest valid value, written with its unit
     * @param max the largest valid value, written with its unit
     * @param units what one of each unit is worth; the empty unit is a number alone
     * @param wanted what a text must be, for a person; begins with "must be"
     */
    public static ValueType<Long> quantity(String min, String max, Map<String, BigDecimal> units, String wanted) {
        long least = quantity("min", min, units, wanted, 0, Long.MAX_VALUE);
        long most = quantity("max", max, units, wanted, 0, Long.MAX_VALUE);
        return of(
                min + " to " + max,
                (key, text) -> {
                    long value = quantity(key, text, units, wanted, Long.MIN_VALUE, Long.MAX_VALUE);
                    if (value < least || value > most) {
                        throw outOfRange(key, min, max, text);
                    }
                    return value;
                },
                String::valueOf);
    }

    /** Bytes, as a number alone or with a unit: {@code 65536} or {@code 64KiB}. */
    public static ValueType<Long> bytes(long min, long max) {
        return of(range(min, max), (key, text) -> bytes(key, text, min, max), String::valueOf);
    }

    /** Bytes, at most 2^31-1. */
    public static ValueType<Integer> intBytes(int min, int max) {
        return of(range(min, max), (key, text) -> (int) bytes(key, text, min, max), String::valueOf);
    }

    /** Whole milliseconds, as a number alone, or a time with its unit: {@code 10000} or {@code 10s}. */
    public static ValueType<Duration> millis(long min, long max) {
        return of(
                range(min, max),
                (key, text) -> Duration.ofMillis(quantity(
                        key,
                        text,
                        MILLIS,
                        "must be milliseconds, or a time with its unit such as 250ms, 10s or 5m",
                        min,
                        max)),
                value -> String.valueOf(value.toMillis()));
    }

    /** Decimal numbers. */
    public static ValueType<BigDecimal> decimal(String min, String max) {
        return of(
                min + " to " + max,
                (key, text) -> {
                    BigDecimal value;
                    try {
                        value = new BigDecimal(text);
                    } catch (NumberFormatException e) {
                        throw new InvalidConfigException(key, "must be a decimal number, but is '" + text + "'");
                    }
                    if (value.compareTo(new BigDecimal(min)) < 0 || value.compareTo(new BigDecimal(max)) > 0) {
                        throw outOfRange(key, min, max, text);
                    }
                    return value;
                },
                BigDecimal::toPlainString);
    }

    /** {@code true} or {@code false}. */
    public static ValueType<Boolean> bool() {
        return of(
                "true or false",
                (key, text) -> switch (text) {
                    case "true" -> true;
                    case "false" -> false;
                    default -> throw new InvalidConfigException(key, "must be true or false, but is '" + text + "'");
                },
                String::valueOf);
    }

    /** The value that a text is; blanks around it do not count. @throws InvalidConfigException if it is not valid */
    public T parse(String key, String text) {
        return parser.parse(key, text.strip());
    }

    /** A value as a file would give it. */
    public String write(T value) {
        return writer.apply(value);
    }

    /** Which values are valid, for a person; may be empty. */
    public String valid() {
        return valid;
    }

    private static String range(long min, long max) {
        return min + " to " + max;
    }

    private static long number(String key, String text, long min, long max) {
        return quantity(key, text, NO_UNITS, "must be a whole number", min, max);
    }

    private static long bytes(String key, String text, long min, long max) {
        return quantity(
                key, text, BYTES, "must be a number of bytes, or one with its unit such as 64KiB or 2MiB", min, max);
    }

    private static long quantity(
            String key, String text, Map<String, BigDecimal> units, String wanted, long min, long max) {
        Matcher matcher = QUANTITY.matcher(text);
        BigDecimal unit = matcher.matches() ? units.get(matcher.group(2)) : null;
        BigDecimal value = unit == null
                ? null
                : new BigDecimal(matcher.group(1).replace("_", ""))
                        .multiply(unit)
                        .stripTrailingZeros();
        if (value == null || value.scale() > 0) {
            throw new InvalidConfigException(key, wanted + ", but is '" + text + "'");
        }
        if (value.compareTo(BigDecimal.valueOf(min)) < 0 || value.compareTo(BigDecimal.valueOf(max)) > 0) {
            throw outOfRange(key, String.valueOf(min), String.valueOf(max), value.toPlainString());
        }
        return value.longValueExact();
    }

    private static InvalidConfigException outOfRange(String key, String min, String max, String value) {
        return new InvalidConfigException(key, "must be from " + min + " to " + max + ", but is " + value);
    }

    private static BigDecimal power(int exponent) {
        return BigDecimal.valueOf(1L << exponent);
    }
}
