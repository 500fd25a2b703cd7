/** What a proxied request costs: the gateway beside bare proxies, CPU time by the kernel's account. */
@NullMarked
package io.weir.bench.gateway;

import org.jspecify.annotations.NullMarked;
