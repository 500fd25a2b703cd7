package io.weir.verify.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Takes events out of a run that fails for as long as it still fails.
 *
 * <p>Source: Zeller, Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", TSE 2002, in its simplest form.
 */
final class Shrinker {
    private Shrinker() {}

    static Setting shrink(Setting failing, Predicate<Setting> stillFails) {
        Setting shortest = failing;
        for (int size = Math.max(1, failing.events().size() / 2); size >= 1; size /= 2) {
            int from = 0;
            while (from < shortest.events().size()) {
                List<Event> fewer = new ArrayList<>(shortest.events().subList(0, from));
                fewer.addAll(shortest.events()
                        .subList(
                                Math.min(shortest.events().size(), from + size),
                                shortest.events().size()));
                Setting shorter = shortest.with(fewer);
                if (stillFails.test(shorter)) {
                    shortest = shorter;
                } else {
                    from += size;
                }
            }
        }
        return shortest;
    }
}
