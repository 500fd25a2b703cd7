/** What all parts that speak HTTP share: header names, counters, budgets, workers, and the closing of connections. */
@NullMarked
package io.weir.gateway.http;

import org.jspecify.annotations.NullMarked;
