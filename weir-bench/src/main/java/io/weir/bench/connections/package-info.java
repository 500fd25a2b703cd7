/** What a TCP connection costs that is open and mostly idle: many of them, over several gateways on one port. */
@NullMarked
package io.weir.bench.connections;

import org.jspecify.annotations.NullMarked;
