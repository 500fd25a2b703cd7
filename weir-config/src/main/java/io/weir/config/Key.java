package io.weir.config;

import io.weir.core.config.ValueType;
import org.jspecify.annotations.Nullable;

/**
 * One key of a configuration or of a scenario.
 *
 * @param section that it is in
 * @param name in its section
 * @param type how its value is read, and which values are valid
 * @param byDefault its value where none is set, as text; null if there is none, or if it depends on others
 * @param updatable whether a running gateway takes another value over; every other key needs a restart
 * @param documentation what it does, one line for the reference page
 */
public record Key<T>(
        String section,
        String name,
        ValueType<T> type,
        @Nullable String byDefault,
        boolean updatable,
        String documentation) {
    /** A key that cannot change while running. */
    public Key(String section, String name, ValueType<T> type, @Nullable String byDefault, String documentation) {
        this(section, name, type, byDefault, false, documentation);
    }

    /** This key as one that can change while running. */
    Key<T> live() {
        return new Key<>(section, name, type, byDefault, true, documentation);
    }

    /** The default. @throws IllegalStateException if it has none */
    public T defaultValue() {
        if (byDefault == null) {
            throw new IllegalStateException(section + "." + name + " has no default");
        }
        return type.parse(name, byDefault);
    }
}
