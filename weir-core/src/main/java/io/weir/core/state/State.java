package io.weir.core.state;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an object, to be written to a checkpoint or read from one. An object names each of its fields once, for
 * both: what it passes is written, and what it is answered is its field from then on. Not thread-safe.
 *
 * <p>Where a checkpoint is read, every method throws {@link IllegalArgumentException} if the field is missing or of
 * another kind; its message names the field.
 */
public interface State {
    /** An object with fields. */
    interface Stateful {
        /** Names all fields. */
        void state(State state);
    }

    /** An integer. */
    long number(String name, long value);

    /** An integer that fits an int. */
    default int number(String name, int value) {
        long found = number(name, (long) value);
        if (found != (int) found) {
            throw new IllegalArgumentException("field '" + name + "' is out of range: " + found);
        }
        return (int) found;
    }

    /** True or false. */
    boolean flag(String name, boolean value);

    /** A text or null. */
    @Nullable
    String text(String name, @Nullable String value);

    /** One of an enumeration. */
    default <E extends Enum<E>> E constant(String name, E value) {
        String found = text(name, value.name());
        if (found == null) {
            throw new IllegalArgumentException("field '" + name + "' is empty");
        }
        return Enum.valueOf(value.getDeclaringClass(), found);
    }

    /** Integers, in their order. */
    List<Long> numbers(String name, List<Long> values);

    /** An object that belongs to this one alone. */
    void part(String name, Stateful part);

    /**
     * Objects, in their order.
     *
     * @param write names the fields of one of {@code items}
     * @param read takes one from a checkpoint
     */
    <T> void list(String name, Iterable<T> items, BiConsumer<State, T> write, Consumer<State> read);

    /**
     * An object that others may refer to as well: read as one object again.
     *
     * @param make makes an empty one
     */
    <T extends Stateful> @Nullable T shared(String name, @Nullable T value, Supplier<T> make);
}
