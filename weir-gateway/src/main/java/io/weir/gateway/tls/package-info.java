/**
 * TLS: certificates and keys in PEM files, and the contexts made of them, which follow the files while the gateway
 * runs.
 */
@NullMarked
package io.weir.gateway.tls;

import org.jspecify.annotations.NullMarked;
