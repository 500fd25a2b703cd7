package io.weir.config;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The values that were set, by key. Not thread-safe. */
final class Values {
    private final Map<Key<?>, Object> values = new HashMap<>();

    /** Sets a key from text. @throws io.weir.core.config.InvalidConfigException if the text is not valid for it */
    <T> void set(Key<T> key, String text) {
        put(key, key.type().parse(key.name(), text));
    }

    /** Sets a key. */
    <T> void put(Key<T> key, T value) {
        values.put(key, value);
    }

    /** The value that was set, if any was. */
    @SuppressWarnings("unchecked") // put() is the only way in
    <T> Optional<T> find(Key<T> key) {
        return Optional.ofNullable((T) values.get(key));
    }

    /** The value that was set, or the default. */
    <T> T get(Key<T> key) {
        return find(key).orElseGet(key::defaultValue);
    }

    /** Whether nothing was set. */
    boolean isEmpty() {
        return values.isEmpty();
    }

    /** Takes over what was set there; it goes before what was set here. */
    void putAll(Values others) {
        values.putAll(others.values);
    }
}
