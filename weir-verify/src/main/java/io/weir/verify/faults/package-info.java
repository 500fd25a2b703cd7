/**
 * Random faults against the production core: a seed gives a configuration and a sequence of events, and after every
 * event a naive model must agree. First with faults on (nothing may be broken), then off (everything must come to
 * rest).
 */
@NullMarked
package io.weir.verify.faults;

import org.jspecify.annotations.NullMarked;
