package io.weir.gateway.ops;

/**
 * An answer at the operator's port.
 *
 * @param status of HTTP
 * @param json the body
 */
record JsonAnswer(int status, String json) {}
