/**
 * What waits for an upstream: fairly between tenants, by priority, for as long as it is worth it; and how much the
 * upstream is given at a time. Reads no clock, takes no random numbers, computes in integers.
 */
@NullMarked
package io.weir.core.queue;

import org.jspecify.annotations.NullMarked;
