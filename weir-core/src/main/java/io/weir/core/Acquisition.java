package io.weir.core;

/**
 * The result of offering a message to a limiter: a {@link Permit} or a {@link Rejection}.
 *
 * <pre>{@code
 * switch (limiter.tryAcquire("acme", "session-1", 300)) { // Java 21; with 17: instanceof
 *     case Permit permit -> {
 *         try (permit) {
 *             call();
 *             permit.completed();
 *         }
 *     }
 *     case Rejection no -> respond(no.reason(), no.retryAfter());
 * }
 * }</pre>
 */
public sealed interface Acquisition permits Permit, Rejection {}
