package io.weir.core.state;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes fields as members of a JSON object, in ASCII. A shared object is written where it comes first, and its number
 * from then on.
 */
public final class StateWriter implements State {
    private final StringBuilder out;
    private final IdentityHashMap<Object, Integer> shared = new IdentityHashMap<>();

    /** @param out ends within an object that has members already */
    public StateWriter(StringBuilder out) {
        this.out = out;
    }

    /** Appends a text in quotation marks. */
    public static void quote(StringBuilder out, String value) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c >= ' ' && c < 0x7f) {
                out.append(c);
            } else {
                out.append("\\u");
                for (int shift = 12; shift >= 0; shift -= 4) {
                    out.append(Character.forDigit((c >> shift) & 0xf, 16));
                }
            }
        }
        out.append('"');
    }

    private StringBuilder field(String name) {
        if (out.charAt(out.length() - 1) != '{') {
            out.append(',');
        }
        return out.append('"').append(name).append("\":");
    }

    @Override
    public long number(String name, long value) {
        field(name).append(value);
        return value;
    }

    @Override
    public boolean flag(String name, boolean value) {
        field(name).append(value);
        return value;
    }

    @Override
    public @Nullable String text(String name, @Nullable String value) {
        field(name);
        if (value == null) {
            out.append(StateReader.NULL);
        } else {
            quote(out, value);
        }
        return value;
    }

    @Override
    public List<Long> numbers(String name, List<Long> values) {
        field(name).append('[');
        for (int i = 0; i < values.size(); i++) {
            out.append(i == 0 ? "" : ",").append(values.get(i).longValue());
        }
        out.append(']');
        return values;
    }

    @Override
    public void part(String name, Stateful part) {
        field(name).append('{');
        part.state(this);
        out.append('}');
    }

    @Override
    public <T> void list(String name, Iterable<T> items, BiConsumer<State, T> write, Consumer<State> read) {
        field(name).append('[');
        String comma = "";
        for (T item : items) {
            out.append(comma).append('{');
            write.accept(this, item);
            out.append('}');
            comma = ",";
        }
        out.append(']');
    }

    @Override
    public <T extends Stateful> @Nullable T shared(String name, @Nullable T value, Supplier<T> make) {
        if (value == null) {
            number(name, StateReader.NULL);
            return null;
        }
        Integer known = shared.get(value);
        if (known != null) {
            number(name, known);
        } else {
            shared.put(value, shared.size() + 1);
            part(name, value);
        }
        return value;
    }
}
