/** Results as a table, as JSON and as a page with plots, which is made of HTML and SVG here and needs nothing else. */
@NullMarked
package io.weir.sim.report;

import org.jspecify.annotations.NullMarked;
