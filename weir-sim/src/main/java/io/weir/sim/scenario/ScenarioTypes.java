package io.weir.sim.scenario;

import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.Profile;
import io.weir.core.config.ValueType;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** The types of a scenario's keys that a gateway's configuration does not have. */
final class ScenarioTypes {
    private static final Map<String, BigDecimal> NANOS = Map.of(
            "ns",
            BigDecimal.ONE,
            "us",
            BigDecimal.valueOf(1_000),
            "ms",
            BigDecimal.valueOf(1_000_000),
            "s",
            BigDecimal.valueOf(1_000_000_000),
            "m",
            BigDecimal.valueOf(60_000_000_000L),
            "h",
            BigDecimal.valueOf(3_600_000_000_000L));
    private static final double MAX_SIGMA = 3;

    /** Nanoseconds. */
    static final ValueType<Long> TIME = time("0s");

    /** Messages in a thousand seconds. */
    static final ValueType<Long> RATE = ValueType.quantity(
            "0/s",
            "1000000/s",
            Map.of("/s", BigDecimal.valueOf(1_000)),
            "must be messages a second, such as 800/s or 0.5/s");

    /** Millionths. */
    static final ValueType<Long> SHARE = ValueType.quantity(
            "0%", "100%", Map.of("%", BigDecimal.valueOf(10_000)), "must be a share, such as 5% or 0.1%");

    /** Thousandths. */
    static final ValueType<Long> FACTOR =
            ValueType.quantity("0.001", "1000", Map.of("", BigDecimal.valueOf(1_000)), "must be a factor, such as 2.5");

    static final ValueType<ServiceTime> SERVICE_TIME = ValueType.of(
            "`constant 5ms`, `exponential 5ms`, `uniform 2ms 9ms` or `lognormal 20ms 0.5`",
            ScenarioTypes::serviceTime,
            String::valueOf);

    static final ValueType<Profile> PROFILE = choice(Arrays.asList(Profile.values()), Profile::key);

    static final ValueType<String> TEXT = ValueType.of("", (key, text) -> text, text -> text);

    /** Letters, digits, {@code -}, {@code _} and {@code .}. */
    static final ValueType<String> NAME = ValueType.of(
            "",
            (key, text) -> {
                if (!text.matches("[A-Za-z0-9._-]{1,100}")) {
                    throw new InvalidConfigException(
                            key, "is made of letters, digits, '-', '_' and '.', but is '" + text + "'");
                }
                return text;
            },
            text -> text);

    /** Keys of its own. */
    static final ValueType<Void> KEYS = nested("keys", "must hold keys, each on a line of its own below it");

    /** Items with keys of their own. */
    static final ValueType<Void> LIST = nested("list", "must be a list, each item beginning with '- '");

    private ScenarioTypes() {}

    /** Nanoseconds, from a shortest time on. */
    static ValueType<Long> time(String min) {
        return ValueType.quantity(min, "168h", NANOS, "must be a time with its unit, such as 250us, 5ms, 1.5s or 2m");
    }

    /** The constants of an enum, in lower case. */
    static <E extends Enum<E>> ValueType<E> choice(Class<E> type) {
        return choice(List.of(type.getEnumConstants()), each -> each.name().toLowerCase(Locale.ROOT));
    }

    private static <T> ValueType<T> choice(List<T> values, Function<T, String> name) {
        String valid = String.join(", ", values.stream().map(name).toList()).replaceFirst(", (\\w+)$", " or $1");
        return ValueType.of(
                valid,
                (key, text) -> values.stream()
                        .filter(each -> name.apply(each).equals(text))
                        .findFirst()
                        .orElseThrow(
                                () -> new InvalidConfigException(key, "must be " + valid + ", but is '" + text + "'")),
                name);
    }

    private static ValueType<Void> nested(String valid, String problem) {
        return ValueType.of(
                valid,
                (key, text) -> {
                    throw new InvalidConfigException(key, problem);
                },
                nothing -> "");
    }

    private static ServiceTime serviceTime(String key, String text) {
        String[] words = text.split("\\s+", -1);
        try {
            ServiceTime.Shape shape = ServiceTime.Shape.valueOf(words[0].toUpperCase(Locale.ROOT));
            long first = words.length > 1 ? TIME.parse(key, words[1]) : -1;
            if (first > 0 && words.length == 2 && shape == ServiceTime.Shape.CONSTANT) {
                return ServiceTime.constant(first);
            }
            if (first > 0 && words.length == 2 && shape == ServiceTime.Shape.EXPONENTIAL) {
                return ServiceTime.exponential(first);
            }
            if (first >= 0 && words.length == 3 && shape == ServiceTime.Shape.UNIFORM) {
                long most = TIME.parse(key, words[2]);
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
            // Reported below, as every other text that is no such distribution.
        }
        throw new InvalidConfigException(
                key,
                "must be constant TIME, exponential MEAN, uniform MIN MAX or lognormal MEAN SIGMA, such as"
                        + " 'exponential 5ms' or 'lognormal 20ms 0.5', but is '" + text + "'");
    }
}
