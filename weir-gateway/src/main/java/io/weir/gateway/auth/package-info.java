/** Tenants from API keys. */
@NullMarked
package io.weir.gateway.auth;

import org.jspecify.annotations.NullMarked;
