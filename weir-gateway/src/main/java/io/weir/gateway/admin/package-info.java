/** The operator's port: health, statistics, limits. */
@NullMarked
package io.weir.gateway.admin;

import org.jspecify.annotations.NullMarked;
