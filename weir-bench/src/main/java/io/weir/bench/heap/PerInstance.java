package io.weir.bench.heap;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.openjdk.jol.info.GraphLayout;

/**
 * What one more instance adds to the heap, by class: the difference between the graphs of many instances and of one, so
 * that what instances share (configuration, registries, classes) does not count.
 *
 * @param bytes of all that is added
 * @param byClass the same, by the name of the class
 */
record PerInstance(double bytes, Map<String, Double> byClass) {
    private static final int MORE = 1024;

    /**
     * @param make makes that many instances, and returns what holds them all and must not be resized by their number
     */
    static PerInstance of(IntFunction<Object> make) {
        GraphLayout one = GraphLayout.parseInstance(make.apply(1));
        GraphLayout many = GraphLayout.parseInstance(make.apply(1 + MORE));
        Map<String, Double> byClass = new TreeMap<>();
        for (Class<?> type : many.getClasses()) {
            double added = (sizes(many, type) - sizes(one, type)) / MORE;
            if (added >= 1) {
                byClass.put(type.getTypeName(), added);
            }
        }
        return new PerInstance((double) (many.totalSize() - one.totalSize()) / MORE, byClass);
    }

    private static double sizes(GraphLayout layout, Class<?> type) {
        return layout.getClassSizes().count(type);
    }

    /** What instances of Weir's own classes add. */
    double ownBytes() {
        return byClass.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("io.weir."))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }
}
