/**
 * The decision on every offered message: exact limits on connections, tenants and the process, and the reservations
 * that hold what was admitted.
 */
@NullMarked
package io.weir.core.admission;

import org.jspecify.annotations.NullMarked;
