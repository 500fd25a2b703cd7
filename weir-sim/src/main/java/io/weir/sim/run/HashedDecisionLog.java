package io.weir.sim.run;

import io.weir.core.queue.DecisionLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** A decision log that is hashed, and written if there is somewhere to write it. */
public final class HashedDecisionLog extends DecisionLog {
    private final MessageDigest digest;
    private final @Nullable Appendable out;
    private long lines;

    /** @param out takes the lines, each with its end; null to hash alone */
    public HashedDecisionLog(@Nullable Appendable out) {
        this.out = out;
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    protected synchronized void line(String json) {
        lines++;
        digest.update(json.getBytes(StandardCharsets.US_ASCII));
        digest.update((byte) '\n');
        if (out != null) {
            try {
                out.append(json).append('\n');
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** How many lines there were. */
    public synchronized long lines() {
        return lines;
    }

    /** The SHA-256 of all lines so far; the log is over then. */
    public synchronized String sha256() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
