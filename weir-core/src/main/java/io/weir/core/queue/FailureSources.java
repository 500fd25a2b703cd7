package io.weir.core.queue;

import io.weir.core.state.State;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whose the failures are, by tenant or by operation, and who else lately succeeded: whether they are everyone's or
 * those of one alone. At most 256 are kept apart; it is never forgotten whose failures are the most. Not thread-safe.
 */
final class FailureSources implements State.Stateful {
    private static final int MAX_SOURCES = 256;
    private static final long LATELY = TimeUnit.SECONDS.toNanos(60);

    private final Map<String, Source> sources = new LinkedHashMap<>();
    private @Nullable ErrorWindow most;
    private String sourceOfMost = "";

    /* The last success, and the last of another. */
    private @Nullable String lastSuccess;
    private @Nullable String otherSuccess;
    private long lastSuccessAt;
    private long otherSuccessAt;

    /* The failures in a row, without a success between. */
    private @Nullable String firstInRow;
    private boolean severalInRow;

    /** One that failed. */
    private static final class Source {
        final ErrorWindow window;
        int failuresInARow;

        Source(long now) {
            window = new ErrorWindow(now);
        }
    }

    /** How many of that source's calls failed, without a success between. */
    int failuresInARow(String name) {
        Source source = sources.isEmpty() ? null : sources.get(name);
        return source == null ? 0 : source.failuresInARow;
    }

    /** @param counted whether it counts for the rate of failures as well, or only as one in a row */
    void ended(String name, boolean failure, boolean counted, long now) {
        Source source = sources.isEmpty() ? null : sources.get(name);
        if (source == null && failure && sources.size() < MAX_SOURCES) {
            source = new Source(now);
            sources.put(name, source);
        }
        if (source != null) {
            source.failuresInARow = failure ? source.failuresInARow + 1 : 0;
            if (counted) {
                source.window.add(failure);
                ErrorWindow leader = most;
                if (leader == null || source.window.failures() > leader.failures()) {
                    most = source.window;
                    sourceOfMost = name;
                }
            }
        }
        if (!failure) {
            succeeded(name, now);
        } else if (firstInRow == null) {
            firstInRow = name;
        } else {
            severalInRow |= !firstInRow.equals(name);
        }
    }

    private void succeeded(String source, long now) {
        if (!source.equals(lastSuccess)) {
            otherSuccess = lastSuccess;
            otherSuccessAt = lastSuccessAt;
            lastSuccess = source;
        }
        lastSuccessAt = now;
        firstInRow = null;
        severalInRow = false;
    }

    /** Whether another lately succeeded. */
    boolean othersSucceed(String source, long now) {
        return isAnother(lastSuccess, lastSuccessAt, source, now)
                || isAnother(otherSuccess, otherSuccessAt, source, now);
    }

    private static boolean isAnother(@Nullable String one, long at, String source, long now) {
        return one != null && !one.equals(source) && now - at < LATELY;
    }

    /** Whether the failures in a row, of which that source's is the last, are of several. */
    boolean isRowOfSeveral() {
        return severalInRow;
    }

    /** Whether the failures in a row are of several, or of the only one that there lately was. */
    boolean isRowWidespread(String source, long now) {
        return severalInRow || !othersSucceed(source, now);
    }

    /** Whether the failures of a window are of several. */
    boolean isOfSeveral() {
        return sources.size() > 1;
    }

    /** Whether there are too many failures without those of the worst as well, or there lately was only one. */
    boolean isWidespread(ErrorWindow all, int percent, long now) {
        ErrorWindow worst = most;
        return worst != null
                && (all.isFailingWithout(worst, percent)
                        || (worst.failures() >= all.failures() && !othersSucceed(sourceOfMost, now)));
    }

    /** Takes out what is explained otherwise. */
    void subtract(String source, ErrorWindow explained) {
        Source known = sources.get(source);
        if (known != null) {
            known.window.subtract(explained);
        }
    }

    /** Begins a window anew. */
    void clear() {
        sources.clear();
        most = null;
        sourceOfMost = "";
    }

    /** Begins anew but for what lately succeeded. */
    void restart() {
        clear();
        firstInRow = null;
        severalInRow = false;
    }

    @Override
    public void state(State state) {
        state.list(
                "sources",
                sources.entrySet(),
                (each, known) -> source(each, known.getKey(), known.getValue()),
                each -> {
                    String name = Objects.requireNonNull(each.text("name", ""));
                    Source source = new Source(0);
                    source(each, name, source);
                    sources.put(name, source);
                });
        sourceOfMost = Objects.requireNonNull(state.text("source_of_most", sourceOfMost));
        Source leader = sources.get(sourceOfMost);
        most = state.flag("has_most", most != null) && leader != null ? leader.window : null;
        lastSuccess = state.text("last_success", lastSuccess);
        otherSuccess = state.text("other_success", otherSuccess);
        lastSuccessAt = state.number("last_success_at", lastSuccessAt);
        otherSuccessAt = state.number("other_success_at", otherSuccessAt);
        firstInRow = state.text("first_in_row", firstInRow);
        severalInRow = state.flag("several_in_row", severalInRow);
    }

    private static void source(State state, String name, Source source) {
        state.text("name", name);
        state.part("window", source.window);
        source.failuresInARow = state.number("failures_in_a_row", source.failuresInARow);
    }
}
