package io.weir.core.admission;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/*
 * Counters by tenant are read by systems that take a decrease for a restart. So whether a tenant is told apart is
 * decided when it becomes known, and holds for as long as it is; and what is moved from one sum to another is not shown
 * twice, nor taken back: the counts of a tenant whose place another one gets are shown nowhere any more.
 */

/**
 * Which tenants are told apart where their number has to be bounded: those that came first; one that is forgotten
 * leaves its place to a new one when all are taken. Keeps the counts of tenants that are forgotten. Thread-safe.
 */
final class TenantPlaces {
    /** How many tenants can be told apart. */
    static final int MAX = 1000;

    /** The place of a tenant that is one of the others. */
    static final int NONE = -1;

    private final @Nullable String[] names = new @Nullable String[MAX];

    /** The counts of the tenant in each place, if it is forgotten or was before. */
    private final @Nullable Totals[] departed = new @Nullable Totals[MAX];

    /** The counts of tenants that had each place before. */
    private final @Nullable Totals[] replaced = new @Nullable Totals[MAX];

    @GuardedBy("this")
    private final Map<String, Integer> places = new LinkedHashMap<>();

    /** Places of tenants that are forgotten, longest forgotten first. */
    @GuardedBy("this")
    private final Map<String, Integer> forgotten = new LinkedHashMap<>();

    /** The counts of tenants without a place that are forgotten. */
    @GuardedBy("this")
    private final Totals others = new Totals();

    /** The place of a tenant that becomes known. */
    synchronized int take(String tenant) {
        Integer own = places.get(tenant);
        if (own != null) {
            forgotten.remove(tenant);
            return own;
        }
        int place = places.size() < MAX ? places.size() : replaceForgotten();
        if (place != NONE) {
            places.put(tenant, place);
            names[place] = tenant;
        }
        return place;
    }

    @GuardedBy("this")
    private int replaceForgotten() {
        Iterator<Map.Entry<String, Integer>> oldest = forgotten.entrySet().iterator();
        if (!oldest.hasNext()) {
            return NONE;
        }
        Map.Entry<String, Integer> entry = oldest.next();
        int place = entry.getValue();
        oldest.remove();
        places.remove(entry.getKey());
        Totals last = departed[place];
        if (last != null) {
            add(replaced, place, last);
            departed[place] = null;
        }
        return place;
    }

    /** Keeps the counts of a tenant that is forgotten. */
    synchronized void forget(String tenant, int place, Totals counts) {
        if (place == NONE) {
            others.add(counts);
        } else {
            add(departed, place, counts);
            forgotten.put(tenant, place);
        }
    }

    private static void add(@Nullable Totals[] all, int place, Totals counts) {
        Totals sum = all[place];
        if (sum == null) {
            sum = new Totals();
            all[place] = sum;
        }
        sum.add(counts);
    }

    /**
     * The counts of tenants that are forgotten.
     *
     * @param names who has each of the first places, as many as there are; the others are null
     * @param departed the counts of each of them from before it was forgotten; null if it never was
     * @param others the counts of all forgotten tenants without one of these places
     */
    @SuppressWarnings("ArrayRecordComponent") // handed from one method to another
    record Departed(@Nullable String[] names, @Nullable Totals[] departed, Totals others) {}

    /** What is known of forgotten tenants, if so many places are told apart. */
    synchronized Departed departed(int most) {
        Totals rest = new Totals();
        rest.add(others);
        for (int place = most; place < MAX; place++) {
            for (Totals each : Arrays.asList(departed[place], replaced[place])) {
                if (each != null) {
                    rest.add(each);
                }
            }
        }
        @Nullable Totals[] named = new @Nullable Totals[most];
        for (int place = 0; place < most; place++) {
            Totals counts = departed[place];
            if (counts != null) {
                named[place] = new Totals();
                named[place].add(counts);
            }
        }
        return new Departed(Arrays.copyOf(names, most), named, rest);
    }
}
