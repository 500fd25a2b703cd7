package io.weir.gateway.ops;

import com.fasterxml.jackson.core.JsonGenerator;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The last hour: a row of figures a second, and when limits changed. Bounded: an hour's rows of {@value #MAX_COLUMNS}
 * columns take 3 MiB, and those that usually occur 1 MiB, since a column is made when it has its first figure.
 * Thread-safe.
 */
final class History {
    /** Figures of columns beyond these are left out. */
    static final int MAX_COLUMNS = 104;

    static final int MAX_MARKS = 64;

    private static final long NONE = Long.MIN_VALUE;

    private final int rows;

    @GuardedBy("this")
    private final long[] times;

    @GuardedBy("this")
    private final Map<String, long[]> columns = new LinkedHashMap<>();

    @GuardedBy("this")
    private final Deque<Mark> marks = new ArrayDeque<>();

    /** How many rows were ever added. */
    @GuardedBy("this")
    private long added;

    /**
     * That something was changed.
     *
     * @param epochMillis when
     * @param text what
     */
    record Mark(long epochMillis, String text) {}

    /** @param rows how many are kept */
    History(int rows) {
        this.rows = rows;
        this.times = new long[rows];
    }

    /**
     * Adds a row.
     *
     * @param epochMillis when it was taken; if the clock was set back, the row counts as a millisecond later than the
     *     last
     * @param figures by the name of their column; negative ones are not known
     */
    synchronized void add(long epochMillis, Map<String, Long> figures) {
        int at = (int) (added % rows);
        long last = added == 0 ? 0 : times[(int) ((added - 1) % rows)];
        times[at] = Math.max(epochMillis, last + 1);
        columns.values().forEach(column -> column[at] = NONE);
        for (Map.Entry<String, Long> figure : figures.entrySet()) {
            long[] column = columns.get(figure.getKey());
            if (column == null && (columns.size() < MAX_COLUMNS || forgetEmpty())) {
                column = new long[rows];
                Arrays.fill(column, NONE);
                columns.put(figure.getKey(), column);
            }
            if (column != null) {
                column[at] = figure.getValue() < 0 ? NONE : figure.getValue();
            }
        }
        added++;
    }

    /**
     * Makes room for a column in place of those without a figure left, as of an upstream that was removed; false if
     * there is none.
     */
    @GuardedBy("this")
    private boolean forgetEmpty() {
        return columns.values().removeIf(column -> Arrays.stream(column).allMatch(value -> value == NONE));
    }

    /** Notes that something was changed; the oldest of more than {@value #MAX_MARKS} such notes goes. */
    synchronized void mark(long epochMillis, String text) {
        if (marks.size() == MAX_MARKS) {
            marks.removeFirst();
        }
        marks.add(new Mark(epochMillis, text));
    }

    /** What was changed lately, the oldest first. */
    synchronized List<Mark> marks() {
        return List.copyOf(marks);
    }

    /** The rows later than that time, the oldest first, column by column, and what was changed, as JSON. */
    String json(long sinceEpochMillis) {
        List<Integer> places = new ArrayList<>();
        Map<String, long[]> values = new LinkedHashMap<>();
        long[] when;
        synchronized (this) {
            for (long row = Math.max(0, added - rows); row < added; row++) {
                int at = (int) (row % rows);
                if (times[at] > sinceEpochMillis) {
                    places.add(at);
                }
            }
            when = taken(times, places);
            columns.forEach((name, column) -> values.put(name, taken(column, places)));
        }
        List<Mark> changed = marks();
        return Statistics.object(json -> {
            array(json, "time", when);
            json.writeObjectFieldStart("columns");
            for (Map.Entry<String, long[]> column : values.entrySet()) {
                if (Arrays.stream(column.getValue()).anyMatch(value -> value != NONE)) {
                    array(json, column.getKey(), column.getValue());
                }
            }
            json.writeEndObject();
            marks(json, changed);
        });
    }

    private static long[] taken(long[] column, List<Integer> rows) {
        return rows.stream().mapToLong(row -> column[row]).toArray();
    }

    private static void array(JsonGenerator json, String name, long[] values) throws IOException {
        json.writeArrayFieldStart(name);
        for (long value : values) {
            if (value == NONE) {
                json.writeNull();
            } else {
                json.writeNumber(value);
            }
        }
        json.writeEndArray();
    }

    static void marks(JsonGenerator json, List<Mark> marks) throws IOException {
        json.writeArrayFieldStart("marks");
        for (Mark mark : marks) {
            json.writeStartObject();
            json.writeNumberField("time", mark.epochMillis());
            json.writeStringField("text", mark.text());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
