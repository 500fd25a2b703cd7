/**
 * The same races on implementations with a planted bug: each must show its forbidden outcome, or the checks are blind.
 */
@NullMarked
package io.weir.verify.planted;

import org.jspecify.annotations.NullMarked;
