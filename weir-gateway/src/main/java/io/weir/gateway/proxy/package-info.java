/** The handlers of POST, GET and DELETE: from a request whose sender is known to the response that is relayed. */
@NullMarked
package io.weir.gateway.proxy;

import org.jspecify.annotations.NullMarked;
