/** For the operator: the admin port, statistics, logs and the files of the decision log. */
@NullMarked
package io.weir.gateway.ops;

import org.jspecify.annotations.NullMarked;
