package io.weir.core.config;

import java.time.Duration;

/** The range checks that the configuration records share. */
final class Ranges {
    private Ranges() {}

    static void check(String key, long value, long smallest, long largest) {
        if (value < smallest || value > largest) {
            throw new InvalidConfigException(key, "must be from " + smallest + " to " + largest + ", but is " + value);
        }
    }

    static void duration(String key, Duration value, Duration shortest, Duration longest) {
        if (value.compareTo(shortest) < 0 || value.compareTo(longest) > 0) {
            throw new InvalidConfigException(
                    key,
                    "must be from " + shortest.toMillis() + " to " + longest.toMillis() + " ms, but is "
                            + value.toMillis() + " ms");
        }
    }
}
