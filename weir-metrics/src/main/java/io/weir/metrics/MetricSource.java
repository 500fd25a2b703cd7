package io.weir.metrics;

import java.util.List;

/** Says values of metrics when it is asked. Asked by one thread at a time, whenever metrics are read. */
public interface MetricSource {
    /** All metrics that this source may say values of. */
    List<Metric> metrics();

    /**
     * Says the values of now.
     *
     * @param samples what to say them to
     */
    void collect(Samples samples);
}
