package io.weir.core.limiter;

import io.weir.core.Priority;
import io.weir.core.admission.Reservation;
import io.weir.core.queue.Offer;
import java.time.Duration;
import java.util.Objects;

/**
 * What a {@link TaskQueue} has to know about a task. Immutable.
 *
 * <pre>{@code
 * Request request = Request.of("acme", "session-1", 300)
 *         .withOperation("search")
 *         .withTtl(Duration.ofSeconds(5));
 * }</pre>
 *
 * @param tenant whom the task is accounted to; the queue is fair between tenants
 * @param connection what the limits of a connection are counted by; unique within the tenant
 * @param operation what its duration is learned by, such as the name of a tool
 * @param messages 1, or the length of a batch; at most 2^20
 * @param bytes the size of its messages, 0 to 2^37
 * @param priority any but {@link Priority#CONTROL}, which is never queued
 * @param ttl how long it may wait, 1 ns to 365 days
 * @param weight how large a share of the server its tenant is due, 1 to 10,000; 1 for all means equal shares.
 *     Multiplied by the {@linkplain io.weir.core.config.TenantConfig#weight() weight} that the tenant is configured
 *     with, up to 10,000
 */
public record Request(
        String tenant,
        String connection,
        String operation,
        int messages,
        long bytes,
        Priority priority,
        Duration ttl,
        int weight) {
    /** How long a task may wait unless something else is said: 30 s. */
    public static final Duration DEFAULT_TTL = Duration.ofSeconds(30);

    private static final String DEFAULT_OPERATION = "call";
    private static final Duration MAX_TTL = Duration.ofDays(365);

    /** @throws IllegalArgumentException if a value is out of range */
    public Request {
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(connection, "connection");
        Objects.requireNonNull(operation, "operation");
        check("messages", messages, 1, Reservation.MAX_MESSAGES);
        check("bytes", bytes, 0, Reservation.MAX_BYTES);
        check("weight", weight, 1, Offer.MAX_WEIGHT);
        if (priority == Priority.CONTROL) {
            throw new IllegalArgumentException("priority must not be CONTROL: control messages are never queued");
        }
        if (ttl.isZero() || ttl.isNegative() || ttl.compareTo(MAX_TTL) > 0) {
            throw new IllegalArgumentException("ttl must be from 1 ns to 365 days, but is " + ttl);
        }
    }

    private static void check(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " must be from " + min + " to " + max + ", but is " + value);
        }
    }

    /** One message: operation {@code call}, priority {@link Priority#CALL}, {@link #DEFAULT_TTL}, weight 1. */
    public static Request of(String tenant, String connection, long bytes) {
        return new Request(tenant, connection, DEFAULT_OPERATION, 1, bytes, Priority.CALL, DEFAULT_TTL, 1);
    }

    /** This request with another operation. */
    public Request withOperation(String other) {
        return new Request(tenant, connection, other, messages, bytes, priority, ttl, weight);
    }

    /** This request with another number of messages. */
    public Request withMessages(int other) {
        return new Request(tenant, connection, operation, other, bytes, priority, ttl, weight);
    }

    /** This request with another priority. */
    public Request withPriority(Priority other) {
        return new Request(tenant, connection, operation, messages, bytes, other, ttl, weight);
    }

    /** This request with another time to live. */
    public Request withTtl(Duration other) {
        return new Request(tenant, connection, operation, messages, bytes, priority, other, weight);
    }

    /** This request with another weight of its tenant. */
    public Request withWeight(int other) {
        return new Request(tenant, connection, operation, messages, bytes, priority, ttl, other);
    }
}
