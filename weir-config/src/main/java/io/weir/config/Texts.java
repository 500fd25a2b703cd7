package io.weir.config;

import io.weir.core.Priority;
import io.weir.core.config.InvalidConfigException;
import io.weir.core.queue.Capacity;
import java.time.Duration;

/** Values out of the text of a file or a command line. Each throws {@link InvalidConfigException} where it is none. */
final class Texts {
    private Texts() {}

    static long number(String key, String text, long smallest, long largest) {
        long value;
        try {
            value = Long.parseLong(text.strip().replace("_", ""));
        } catch (NumberFormatException e) {
            throw new InvalidConfigException(key, "must be a whole number without a unit, but is '" + text + "'");
        }
        if (value < smallest || value > largest) {
            throw new InvalidConfigException(key, "must be from " + smallest + " to " + largest + ", but is " + value);
        }
        return value;
    }

    static int integer(String key, String text, int smallest, int largest) {
        return (int) number(key, text, smallest, largest);
    }

    static Duration millis(String key, String text, long longest) {
        return Duration.ofMillis(number(key, text, 1, longest));
    }

    static boolean bool(String key, String text) {
        return switch (text.strip()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new InvalidConfigException(key, "must be true or false, but is '" + text + "'");
        };
    }

    static Capacity capacity(String key, String text) {
        if (text.strip().equals("adaptive")) {
            return Capacity.ADAPTIVE;
        }
        try {
            return Capacity.fixed(integer(key, text, 1, 1_000_000));
        } catch (InvalidConfigException e) {
            throw new InvalidConfigException(
                    key, "must be adaptive, or a number from 1 to 1000000, but is '" + text + "'");
        }
    }

    static Priority priority(String key, String text) {
        return switch (text.strip()) {
            case "call" -> Priority.CALL;
            case "list" -> Priority.LIST;
            case "background" -> Priority.BACKGROUND;
            case "control" ->
                throw new InvalidConfigException(
                        key,
                        "cannot be control: which messages are never refused is fixed; use call, list or background");
            default -> throw new InvalidConfigException(key, "must be call, list or background, but is '" + text + "'");
        };
    }
}
