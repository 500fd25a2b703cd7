@NullMarked
package io.weir.peers;

import org.jspecify.annotations.NullMarked;
