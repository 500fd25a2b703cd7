package io.weir.sim.run;

import io.weir.sim.engine.Bins;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values over virtual time, in columns of equal length with one row per bin. Not thread-safe. */
public final class Series {
    /** The value of a bin for which there is no value, such as a latency where nothing was answered. */
    public static final long NO_DATA = Long.MIN_VALUE;

    private final Bins bins;
    private final Map<String, List<Long>> columns = new LinkedHashMap<>();
    private int rows;

    /** A series without rows. */
    public Series(Bins bins) {
        this.bins = bins;
    }

    /** The bins that the rows stand for. */
    public Bins bins() {
        return bins;
    }

    /** Nanoseconds between two rows. */
    public long step() {
        return bins.step();
    }

    /** How many rows there are. */
    public int rows() {
        return rows;
    }

    /** The columns' names, in the order in which they first had a value. */
    public List<String> names() {
        return List.copyOf(columns.keySet());
    }

    /** A column; all 0 if there is none of that name. */
    public List<Long> column(String name) {
        List<Long> values = new ArrayList<>(columns.getOrDefault(name, List.of()));
        while (values.size() < rows) {
            values.add(0L);
        }
        return values;
    }

    /** Begins the next row. */
    public void next() {
        rows++;
    }

    /** Sets a value of the current row; those left out are 0. */
    public void put(String name, long value) {
        List<Long> values = columns.computeIfAbsent(name, unknown -> new ArrayList<>());
        while (values.size() < rows - 1) {
            values.add(0L);
        }
        values.add(value);
    }
}
