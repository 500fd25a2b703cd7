package io.weir.core.queue;

/**
 * How many messages an upstream may have in flight. Immutable.
 *
 * @param adaptive whether it is found by measuring
 * @param limit the capacity if it is fixed, else the most that it may become; 1 to 1,000,000
 */
public record Capacity(boolean adaptive, int limit) {
    /** The largest capacity. */
    public static final int MAX = 1_000_000;

    /** Found by measuring, up to 1,000. */
    public static final Capacity ADAPTIVE = adaptive(1_000);

    public Capacity {
        if (limit < 1 || limit > MAX) {
            throw new IllegalArgumentException("capacity must be from 1 to " + MAX + ", but is " + limit);
        }
    }

    /** Always so many. */
    public static Capacity fixed(int limit) {
        return new Capacity(false, limit);
    }

    /** Found by measuring, and never more than that. */
    public static Capacity adaptive(int most) {
        return new Capacity(true, most);
    }

    /** {@code adaptive:1000} or {@code 8}. */
    @Override
    public String toString() {
        return adaptive ? "adaptive:" + limit : String.valueOf(limit);
    }

    /** What {@link #toString} wrote. @throws IllegalArgumentException if it is no such text */
    public static Capacity parse(String text) {
        return text.startsWith("adaptive:")
                ? adaptive(Integer.parseInt(text.substring("adaptive:".length())))
                : fixed(Integer.parseInt(text));
    }
}
