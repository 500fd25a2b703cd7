@NullMarked
package io.weir.verify;

import org.jspecify.annotations.NullMarked;
