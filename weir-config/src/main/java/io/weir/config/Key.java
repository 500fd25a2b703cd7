package io.weir.config;

import io.weir.core.config.ValueType;
import org.jspecify.annotations.Nullable;

/**
 * One key of a configuration.
 *
 * @param section that it is in
 * @param name in its section
 * @param type how its value is read, and which values are valid
 * @param byDefault its value where none is set, as text; null if there is none, or if it depends on others
 * @param documentation what it does, one line for the reference page
 */
record Key<T>(
        String section,
        String name,
        ValueType<T> type,
        @Nullable String byDefault,
        String documentation) {
    /** The default. @throws IllegalStateException if it has none */
    T defaultValue() {
        if (byDefault == null) {
            throw new IllegalStateException(section + "." + name + " has no default");
        }
        return type.parse(name, byDefault);
    }
}
