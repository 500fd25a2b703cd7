package io.weir.gateway.auth;

import io.weir.config.FileState;
import io.weir.config.JwtConfig;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/*
 * A signature takes up to a millisecond to verify, and anybody can send tokens. So one that was accepted is known by
 * its hash for as long as it is valid, and all others are verified by threads of their own, of which there are few, and
 * of which a bounded number of tokens wait: event loops go on, and what is known is served, whatever is sent. How many
 * each address may have verified is bounded by the callers.
 */

/** Which tenant a JSON Web Token proves. Thread-safe. */
public final class Tokens implements AutoCloseable {
    /** How many tokens are verified or wait for that, those that wait for keys among them. */
    static final int MAX_UNDER_WAY = 512;

    private static final long FIRST_FETCH_SECONDS = 6;
    private static final long IDLE_SECONDS = 30;

    private final JwtConfig config;
    private final LongSupplier wallClock;
    private final SigningKeys keys;
    private final TokenVerifier verifier;
    private final AcceptedTokens accepted = new AcceptedTokens();
    private final AtomicInteger underWay = new AtomicInteger();
    private final ExecutorService threads;

    /**
     * Tokens as configured, verified with the keys of the file or URL as they change.
     *
     * @param wallClock milliseconds since 1970
     * @param nanoClock monotonic, for how old fetched keys are
     */
    public Tokens(JwtConfig config, LongSupplier wallClock, LongSupplier nanoClock) {
        this.config = config;
        this.wallClock = wallClock;
        this.keys = new SigningKeys(config, nanoClock);
        this.verifier = new TokenVerifier(config);
        this.threads = threads();
    }

    private static ExecutorService threads() {
        int count = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        AtomicInteger made = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                count, count, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
                    Thread thread = new Thread(work, "weir-tokens-" + made.getAndIncrement());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /**
     * Reads the keys for the first time. Waits for them: a few seconds where they are fetched. Keys that cannot be
     * fetched are no error: until they are there, no token can be verified.
     *
     * @throws InvalidJwksException if they are in a file that cannot be used; the message names it
     */
    public void open() throws InvalidJwksException {
        keys.readFile();
        try {
            var unused = keys.refresh().get(FIRST_FETCH_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // It goes on without, and tries again.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Looks whether the keys can be used, if they are in a file.
     *
     * @throws InvalidJwksException if they cannot; the message names the file
     */
    public static void check(JwtConfig config) throws InvalidJwksException {
        new SigningKeys(config, System::nanoTime).readFile();
    }

    /** What tokens are accepted. */
    public JwtConfig config() {
        return config;
    }

    /** What a token is known to prove without verifying it; null if it has to be verified. For event loops. */
    public @Nullable TokenVerdict known(String token) {
        TokenVerdict misshapen = TokenVerifier.misshapen(token);
        if (misshapen != null) {
            return misshapen;
        }
        PublicKeys now = keys.current();
        return now == null ? null : accepted.find(token, now, wallClock.getAsLong());
    }

    /**
     * Verifies a token of which nothing is {@linkplain #known known}. Returns at once; the verdict comes on another
     * thread, always.
     */
    public CompletableFuture<TokenVerdict> verify(String token) {
        if (underWay.incrementAndGet() > MAX_UNDER_WAY) {
            underWay.decrementAndGet();
            return CompletableFuture.completedFuture(TokenVerdict.BUSY);
        }
        CompletableFuture<Result> first;
        try {
            first = CompletableFuture.supplyAsync(() -> result(token), threads);
        } catch (RejectedExecutionException e) {
            underWay.decrementAndGet();
            return CompletableFuture.completedFuture(TokenVerdict.FAILED);
        }
        return first.thenCompose(result -> result.isFinal()
                        ? CompletableFuture.completedFuture(result)
                        : keys.refresh().thenApplyAsync(changed -> changed ? result(token) : result, threads))
                .thenApply(Result::verdict)
                .exceptionally(failure -> TokenVerdict.FAILED)
                .whenComplete((verdict, failure) -> underWay.decrementAndGet());
    }

    /**
     * A verdict, and whether other keys would change nothing about it.
     *
     * @param isFinal false if the token names a key that is not known
     */
    private record Result(TokenVerdict verdict, boolean isFinal) {}

    private Result result(String token) {
        PublicKeys with = keys.current();
        if (with == null) {
            return new Result(TokenVerdict.NO_KEYS, false);
        }
        TokenVerdict verdict = verifier.verify(token, with, wallClock.getAsLong());
        if (verdict == null) {
            return new Result(TokenVerdict.invalid("the token is signed with a key that is not known"), false);
        }
        if (verdict.kind() == TokenVerdict.Kind.ACCEPTED) {
            accepted.add(token, verdict, with);
        }
        return new Result(verdict, true);
    }

    /** Follows the keys, as {@link ApiKeys#follow} does. Reads a file: not for event loops. */
    public void follow(boolean atOnce) {
        keys.follow(atOnce);
    }

    /** The file of the keys, or their URL without what may be a secret. */
    public String keysName() {
        return keys.name();
    }

    /** What became of the file of the keys when it was read last, or of the last fetch. */
    public FileState keysState() {
        return keys.state();
    }

    /** How many accepted tokens are remembered. */
    int remembered() {
        return accepted.size();
    }

    /** Verifies nothing more. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
