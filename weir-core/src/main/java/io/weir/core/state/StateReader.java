package io.weir.core.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link StateWriter} has written from its parsed form: objects as maps, arrays as lists, integers as
 * {@link Long}.
 */
public final class StateReader implements State {
    /** Stands for null; the numbers of shared objects begin with 1. */
    static final int NULL = 0;

    private final String path;
    private final Map<?, ?> fields;
    private final List<Object> shared;

    /** @param fields the members of the object */
    public StateReader(Map<?, ?> fields) {
        this("", fields, new ArrayList<>());
    }

    private StateReader(String path, Map<?, ?> fields, List<Object> shared) {
        this.path = path;
        this.fields = fields;
        this.shared = shared;
    }

    private <T> T field(String name, Class<T> type) {
        Object found = fields.get(name);
        if (!type.isInstance(found)) {
            throw missing(name);
        }
        return type.cast(found);
    }

    private IllegalArgumentException missing(String name) {
        return new IllegalArgumentException("has no usable field '" + path + name + "'");
    }

    private StateReader below(String name, Object object) {
        if (object instanceof Map<?, ?> map) {
            return new StateReader(path + name + ".", map, shared);
        }
        throw missing(name);
    }

    private boolean isNull(String name) {
        return fields.get(name) instanceof Long number && number == NULL;
    }

    @Override
    public long number(String name, long value) {
        return field(name, Long.class);
    }

    @Override
    public boolean flag(String name, boolean value) {
        return field(name, Boolean.class);
    }

    @Override
    public @Nullable String text(String name, @Nullable String value) {
        return isNull(name) ? null : field(name, String.class);
    }

    @Override
    public List<Long> numbers(String name, List<Long> values) {
        List<Long> numbers = new ArrayList<>();
        for (Object each : field(name, List.class)) {
            if (!(each instanceof Long number)) {
                throw missing(name);
            }
            numbers.add(number);
        }
        return numbers;
    }

    @Override
    public void part(String name, Stateful part) {
        part.state(below(name, field(name, Map.class)));
    }

    @Override
    public <T> void list(String name, Iterable<T> items, BiConsumer<State, T> write, Consumer<State> read) {
        for (Object each : field(name, List.class)) {
            read.accept(below(name, each));
        }
    }

    @Override
    @SuppressWarnings("unchecked") // the class is checked
    public <T extends Stateful> @Nullable T shared(String name, @Nullable T value, Supplier<T> make) {
        if (isNull(name)) {
            return null;
        }
        T made = make.get();
        if (fields.get(name) instanceof Long number) {
            Object known = number > 0 && number <= shared.size() ? shared.get((int) (number - 1)) : null;
            if (known == null || known.getClass() != made.getClass()) {
                throw missing(name);
            }
            return (T) known;
        }
        shared.add(made);
        part(name, made);
        return made;
    }
}
