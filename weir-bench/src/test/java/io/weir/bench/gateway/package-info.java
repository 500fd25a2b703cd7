/** Tests of the proxies under measurement. */
@NullMarked
package io.weir.bench.gateway;

import org.jspecify.annotations.NullMarked;
