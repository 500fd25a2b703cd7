package io.weir.examples;

import io.weir.core.Acquisition;
import io.weir.core.Permit;
import io.weir.core.Rejection;
import io.weir.core.limiter.Limiter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Limits the requests that a servlet works on. For servlets that answer on the calling thread; one that starts
 * asynchronous work has to keep the permit until that has ended.
 */
@SuppressWarnings("serial") // no container serializes a filter
public final class LimiterFilter extends HttpFilter {
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int CONTENT_TOO_LARGE = 413;
    private static final int LENGTH_REQUIRED = 411;

    private final Limiter limiter;

    /** Limits by that limiter. */
    public LimiterFilter(Limiter limiter) {
        this.limiter = limiter;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        long bytes = request.getContentLengthLong();
        if (bytes < 0) {
            response.sendError(LENGTH_REQUIRED);
            return;
        }
        Acquisition result = limiter.tryAcquire(tenant(request), request.getRemoteAddr(), bytes);
        if (result instanceof Permit permit) {
            try (permit) {
                chain.doFilter(request, response);
                permit.completed();
            }
        } else if (result instanceof Rejection no) {
            no.retryAfter().ifPresent(after -> response.setHeader("Retry-After", String.valueOf(seconds(after))));
            response.sendError(
                    no.isPermanent() ? CONTENT_TOO_LARGE : TOO_MANY_REQUESTS,
                    no.reason().key());
        }
    }

    /** Who was authenticated; never a header that anybody can write. */
    private static String tenant(HttpServletRequest request) {
        return Objects.requireNonNullElse(request.getRemoteUser(), "default");
    }

    /** Rounded up: a client that comes back too early is rejected again. */
    private static long seconds(Duration after) {
        long second = TimeUnit.SECONDS.toNanos(1);
        return (after.toNanos() + second - 1) / second;
    }
}
