package io.weir.gateway.upstream;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Context;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpConnectOptions;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to an upstream for one purpose. Each serves only the tenant that it was opened for;
 * the one that was used last is used again first. Where there is room for no more, the one that is idle longest makes
 * way. Those that were idle for too long are closed. Confined to its event loop, but for what is said to be otherwise.
 */
final class ConnectionPool implements UpstreamConnection.Owner, ConnectionLimit.LoopPool {
    private final HttpClientAgent client;
    private final HttpConnectOptions target;
    private final @Nullable Function<ByteBufAllocator, SslHandler> encryption;
    private final ConnectionLimit limit;
    private final KeepAlive keepAlive;
    private final Context context;
    private final Runnable surplus;
    private final IdleConnections idle = new IdleConnections();

    /** Whether no connection is kept that no request waits for. */
    private boolean retired;

    /** How many are idle, for other threads to see. */
    private volatile int idleCount;

    /**
     * A pool.
     *
     * @param encryption makes the handler of TLS for a connection; null if there is none
     */
    ConnectionPool(
            HttpClientAgent client,
            HttpConnectOptions target,
            @Nullable Function<ByteBufAllocator, SslHandler> encryption,
            ConnectionLimit limit,
            KeepAlive keepAlive,
            Context context,
            Runnable surplus) {
        this.client = client;
        this.target = target;
        this.encryption = encryption;
        this.limit = limit;
        this.keepAlive = keepAlive;
        this.context = context;
        this.surplus = surplus;
        limit.add(this);
    }

    /**
     * A request that is to be given a connection; one of the two is told, once, on the event loop, unless it gave up
     * before.
     */
    final class Waiter implements ConnectionLimit.Waiter {
        private final String tenant;
        private final boolean fresh;
        private final long deadline;
        private final Consumer<UpstreamConnection> given;
        private final Consumer<Throwable> failed;
        private boolean over;

        private Waiter(
                String tenant,
                boolean fresh,
                long deadline,
                Consumer<UpstreamConnection> given,
                Consumer<Throwable> failed) {
            this.tenant = tenant;
            this.fresh = fresh;
            this.deadline = deadline;
            this.given = given;
            this.failed = failed;
        }

        @Override
        public long deadline() {
            return deadline;
        }

        @Override
        public boolean takes(UpstreamConnection connection) {
            boolean usable = connection.isOf(ConnectionPool.this)
                    && !fresh
                    && tenant.equals(connection.tenant())
                    && connection.isActive();
            if (usable) {
                give(connection);
            }
            return usable;
        }

        @Override
        public void open() {
            context.runOnContext(ignored -> connect(this));
        }

        @Override
        public void expire() {
            context.runOnContext(ignored -> fail(new NoConnectionException(
                    "all " + limit.max() + " connections to it were in use, and none became free in time")));
        }

        /** Whether all connections are in use, and it waits for one. */
        boolean isWaiting() {
            return limit.isWaiting(this);
        }

        /** Waits no longer; nothing is told any more. */
        void giveUp() {
            over = true;
            limit.leave(this);
        }

        private void give(UpstreamConnection connection) {
            if (over) {
                release(connection);
            } else {
                over = true;
                given.accept(connection);
            }
        }

        private void fail(Throwable cause) {
            if (!over) {
                over = true;
                failed.accept(cause);
            }
        }
    }

    /**
     * Gives a request a connection: at once, or when one is open or free.
     *
     * @param tenant whose request it is
     * @param fresh whether it is to be a new one
     * @param deadline until when it waits for its turn, in nanoseconds of the monotonic clock
     */
    Waiter acquire(
            String tenant,
            boolean fresh,
            long deadline,
            long now,
            Consumer<UpstreamConnection> given,
            Consumer<Throwable> failed) {
        Waiter waiter = new Waiter(tenant, fresh, deadline, given, failed);
        UpstreamConnection connection = fresh ? null : takeIdle(tenant, now);
        if (connection != null) {
            waiter.give(connection);
        } else if (limit.openOrWait(waiter)) {
            connect(waiter);
        } else {
            giveIdle();
        }
        return waiter;
    }

    private @Nullable UpstreamConnection takeIdle(String tenant, long now) {
        UpstreamConnection last;
        while ((last = idle.takeNewest(tenant)) != null) {
            idleCount = idle.size();
            if (last.isUsable(now)) {
                return last;
            }
            last.close();
        }
        return null;
    }

    private void connect(Waiter waiter) {
        if (waiter.over) {
            limit.closed();
            return;
        }
        client.connect(target).onComplete(connected -> {
            if (connected.failed()) {
                limit.closed();
                waiter.fail(connected.cause());
            } else {
                UpstreamConnection made =
                        new UpstreamConnection(connected.result(), this, keepAlive, waiter.tenant, encryption);
                made.whenReady(() -> waiter.give(made), waiter::fail);
            }
        });
    }

    /** It goes to the request that is next, or is idle from now on. */
    @Override
    public void release(UpstreamConnection connection) {
        if (connection.isGone()) {
            return;
        }
        if (retired && !limit.isWaitedFor()) {
            connection.close();
            return;
        }
        if (!limit.isWaitedFor()) {
            connection.idleSince(System.nanoTime());
            idle.add(connection);
            idleCount = idle.size();
            if (limit.isWaitedFor()) {
                giveIdle();
            }
            return;
        }
        handOver(connection);
    }

    private void handOver(UpstreamConnection connection) {
        ConnectionLimit.Waiter next = limit.next();
        if (next == null) {
            release(connection);
        } else if (!next.takes(connection)) {
            // The connection's slot goes to the other request when the socket is gone.
            connection.closeFor(next::open);
        }
    }

    @Override
    public void giveUpIdle() {
        context.runOnContext(ignored -> giveIdle());
    }

    private void giveIdle() {
        UpstreamConnection first;
        while (limit.isWaitedFor() && (first = idle.takeOldest()) != null) {
            idleCount = idle.size();
            handOver(first);
        }
        if (limit.isWaitedFor()) {
            limit.askForIdle();
        }
    }

    @Override
    public void spoiled(UpstreamConnection connection) {
        if (idle.remove(connection)) {
            idleCount = idle.size();
        }
        surplus.run();
    }

    @Override
    public void closed(UpstreamConnection connection, @Nullable Runnable next) {
        if (idle.remove(connection)) {
            idleCount = idle.size();
            keepAlive.closedByServer(connection.idleNanos(System.nanoTime()));
        }
        if (next == null) {
            limit.closed();
        } else {
            next.run();
        }
    }

    @Override
    public int idleCount() {
        return idleCount;
    }

    /** Closes those that were idle for too long, and ends the wait of those that waited for too long. */
    void sweep(long now) {
        limit.expire(now);
        giveIdle();
        UpstreamConnection first;
        while ((first = idle.oldest()) != null && !first.isUsable(now)) {
            idle.takeOldest();
            idleCount = idle.size();
            first.close();
        }
    }

    /** Closes what is idle, now and later. */
    void retire() {
        retired = true;
        close();
    }

    /** Closes what is idle. */
    void close() {
        UpstreamConnection each;
        while ((each = idle.takeOldest()) != null) {
            each.close();
        }
        idleCount = 0;
    }
}
