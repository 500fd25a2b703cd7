/**
 * What is open and mostly idle costs: many TCP connections over several gateways on one port; many sessions and streams
 * over HTTP.
 */
@NullMarked
package io.weir.bench.connections;

import org.jspecify.annotations.NullMarked;
