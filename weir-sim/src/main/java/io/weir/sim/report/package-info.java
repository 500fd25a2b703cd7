/** Results as a table, as JSON and as a page with plots. */
@NullMarked
package io.weir.sim.report;

import org.jspecify.annotations.NullMarked;
