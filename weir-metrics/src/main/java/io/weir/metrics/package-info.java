/**
 * Metrics of a limiter, its queues and its tenants, for the registries of Micrometer. {@code WeirMetrics} is where to
 * begin.
 */
@NullMarked
package io.weir.metrics;

import org.jspecify.annotations.NullMarked;
