/**
 * The words that limits, queues and their users share: reasons, scopes, rejections, priorities, outcomes and snapshots.
 */
@NullMarked
package io.weir.core;

import org.jspecify.annotations.NullMarked;
