/** What one decision costs: JMH benchmarks of MeasuredAdmission's production path and of its peers. */
@NullMarked
package io.weir.bench.decision;

import org.jspecify.annotations.NullMarked;
