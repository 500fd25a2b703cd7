/**
 * Who is asking and what they hold: sessions, tenants, exchanges. The only package that calls the core's admission;
 * knows no transport.
 */
@NullMarked
package io.weir.gateway.session;

import org.jspecify.annotations.NullMarked;
