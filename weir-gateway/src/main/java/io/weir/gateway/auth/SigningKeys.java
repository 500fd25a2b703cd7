package io.weir.gateway.auth;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.config.FileState;
import io.weir.config.JwtConfig;
import io.weir.config.Redaction;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The keys that tokens are signed with, as a file has them or a URL: both are followed. Thread-safe. */
final class SigningKeys {
    /** The largest set of keys, in bytes. */
    static final int MAX_BYTES = 256 * 1024;

    /** After which keys are fetched again, so that one that was withdrawn is not accepted for longer. */
    static final long REFRESH_NANOS = TimeUnit.MINUTES.toNanos(10);

    /** Before which they are not fetched again, whatever tokens name. */
    static final long MIN_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final Logger LOG = LoggerFactory.getLogger("weir.keys");

    private final String name;
    private final Optional<Path> file;
    private final Optional<JwksFetch> fetch;
    private final LongSupplier nanoClock;

    private volatile @Nullable PublicKeys current;

    @GuardedBy("this")
    private long fetchedAt;

    /** What is under way; a fetch that is begun while another one is joins that. */
    @GuardedBy("this")
    private @Nullable CompletableFuture<Boolean> underWay;

    @GuardedBy("this")
    private boolean begun;

    /** What a file was found to hold last; it counts when it is found again. */
    @GuardedBy("this")
    private String found = "";

    @GuardedBy("this")
    private String applied = "";

    /** What became of the file, or of the last fetch; written under this monitor. */
    private volatile FileState state = FileState.applied();

    /** @param nanoClock monotonic */
    SigningKeys(JwtConfig config, LongSupplier nanoClock) {
        this.name = config.jwksFile()
                .map(Path::toString)
                .orElseGet(() -> Redaction.of(config.jwksUrl().orElseThrow()));
        this.file = config.jwksFile();
        this.fetch = config.jwksUrl().map(JwksFetch::new);
        this.nanoClock = nanoClock;
    }

    /** The keys to verify with; null if there never were any. */
    @Nullable
    PublicKeys current() {
        return current;
    }

    /** Reads the file. @throws InvalidJwksException if it cannot be used; the message names it */
    synchronized void readFile() throws InvalidJwksException {
        if (file.isPresent()) {
            applied = text(file.get());
            found = applied;
            current = parse(applied);
        }
    }

    private PublicKeys parse(String text) throws InvalidJwksException {
        try {
            return PublicKeys.parse(text);
        } catch (InvalidJwksException e) {
            throw new InvalidJwksException(name + ": " + e.getMessage());
        }
    }

    private static String text(Path path) throws InvalidJwksException {
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw new InvalidJwksException(path + ": is larger than " + MAX_BYTES + " bytes");
            }
            if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                    && Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_WRITE)) {
                throw new InvalidJwksException(
                        path + ": everybody may write to it, and so make tokens; run: chmod o-w " + path);
            }
            return Files.readString(path);
        } catch (MalformedInputException e) {
            throw new InvalidJwksException(path + ": is not text in UTF-8");
        } catch (IOException e) {
            throw new InvalidJwksException(
                    path + ": cannot be read; name a file that exists and that this user may read");
        }
    }

    /**
     * Takes the keys over that are in the file now, or has them fetched if that is due. Reads the file: not for event
     * loops.
     *
     * @param atOnce whether at once; else a file when it is found for the second time, and a URL when its keys are old
     */
    synchronized void follow(boolean atOnce) {
        if (file.isPresent()) {
            followFile(file.get(), atOnce);
            return;
        }
        boolean old = current == null || nanoClock.getAsLong() - fetchedAt >= REFRESH_NANOS;
        if (atOnce || old) {
            var unused = refresh();
        }
    }

    @GuardedBy("this")
    private void followFile(Path path, boolean atOnce) {
        try {
            String now = text(path);
            boolean settled = atOnce || now.equals(found);
            found = now;
            if (settled && !now.equals(applied)) {
                take(parse(now));
                applied = now;
            }
            if (settled) {
                applied();
            }
        } catch (InvalidJwksException e) {
            report(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Has the keys fetched again, unless that was done a moment ago.
     *
     * @return ends with whether other keys are there now; at once, and with false, if they are in a file or were
     *     fetched a moment ago
     */
    synchronized CompletableFuture<Boolean> refresh() {
        CompletableFuture<Boolean> running = underWay;
        if (running != null) {
            return running;
        }
        long now = nanoClock.getAsLong();
        if (fetch.isEmpty() || (begun && now - fetchedAt < MIN_INTERVAL_NANOS)) {
            return CompletableFuture.completedFuture(false);
        }
        begun = true;
        fetchedAt = now;
        CompletableFuture<Boolean> made = new CompletableFuture<>();
        underWay = made;
        var unused = fetch.get().text().whenComplete((text, failure) -> {
            boolean changed = fetched(text, failure);
            made.complete(changed);
        });
        return made;
    }

    private synchronized boolean fetched(@Nullable String text, @Nullable Throwable failure) {
        underWay = null;
        if (text == null) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            report(name + ": cannot be fetched: " + why(cause));
            return false;
        }
        try {
            PublicKeys next = parse(text);
            applied();
            PublicKeys before = current;
            if (before != null && before.hasSame(next)) {
                return false;
            }
            take(next);
            return true;
        } catch (InvalidJwksException e) {
            report(String.valueOf(e.getMessage()));
            return false;
        }
    }

    private static String why(@Nullable Throwable cause) {
        String message = cause == null ? null : cause.getMessage();
        return message != null
                ? message
                : cause == null || cause instanceof CancellationException
                        ? "it took too long"
                        : cause.getClass().getSimpleName();
    }

    @GuardedBy("this")
    private void take(PublicKeys next) {
        current = next;
        LOG.info("{}: {} keys that tokens may be signed with; tokens of others are refused", name, next.size());
    }

    @GuardedBy("this")
    private void applied() {
        if (!state.isApplied()) {
            state = FileState.applied();
            LOG.info("{}: can be read again", name);
        }
    }

    /** The file, or the URL without what may be a secret. */
    String name() {
        return name;
    }

    /** What became of the file when it was read last, or of the last fetch. */
    FileState state() {
        return state;
    }

    @GuardedBy("this")
    private void report(String what) {
        if (!state.problems().equals(List.of(what))) {
            state = FileState.rejected(List.of(what));
            LOG.error("{}{}", what, current == null ? "; no token can be verified" : "; the keys from before are used");
        }
    }
}
