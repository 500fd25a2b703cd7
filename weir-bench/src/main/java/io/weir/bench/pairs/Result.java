package io.weir.bench.pairs;

import java.util.Map;

/**
 * What became of the calls of a run, measured or predicted.
 *
 * @param answered by the server
 * @param reasons of those that were not, with how many
 * @param answeredOf how many were answered of each tool or tenant, by name
 * @param p50 median of the latency of the answered, in milliseconds
 * @param p95 its 95th percentile
 */
record Result(long answered, Map<String, Long> reasons, Map<String, Long> answeredOf, double p50, double p95) {
    Result {
        reasons = Map.copyOf(reasons);
        answeredOf = Map.copyOf(answeredOf);
    }

    long reason(String name) {
        return reasons.getOrDefault(name, 0L);
    }
}
