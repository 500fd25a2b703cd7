package io.weir.gateway.config;

/**
 * How many messages may be in flight at once.
 *
 * @param adaptive whether that is found by measuring
 * @param places how many, if it is not; 1 to 1,000,000
 */
public record CapacityConfig(boolean adaptive, int places) {
    /** Found by measuring. */
    public static final CapacityConfig ADAPTIVE = new CapacityConfig(true, 0);

    /** Always so many. */
    public static CapacityConfig fixed(int places) {
        return new CapacityConfig(false, places);
    }

    /** {@code adaptive} or the number, as a file gives it. */
    @Override
    public String toString() {
        return adaptive ? "adaptive" : String.valueOf(places);
    }
}
