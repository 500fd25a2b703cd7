package io.weir.sim.replay;

import io.weir.core.queue.DecisionLog;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether a log, executed again against a fresh core with the same configuration, gives the same lines, byte for byte.
 *
 * @param decisions how many lines there are, up to the first that differs
 * @param sha256 of all lines, as executed; empty if one differs
 * @param difference the first line that differs
 */
public record SameDecisions(long decisions, String sha256, Optional<Difference> difference) {
    /**
     * A line that differs.
     *
     * @param where file and line
     * @param logged what stands there
     * @param replayed what was decided now
     */
    public record Difference(String where, String logged, String replayed) {}

    /** Executes a log. @throws ReplayException if it cannot be executed */
    public static SameDecisions of(LogParts files) throws ReplayException {
        Comparison comparison = new Comparison();
        files.forEach(comparison);
        return comparison.result();
    }

    private static final class Lines extends DecisionLog {
        private final List<String> lines = new ArrayList<>();

        @Override
        protected void line(String json) {
            lines.add(json);
        }

        List<String> take() {
            List<String> taken = List.copyOf(lines);
            lines.clear();
            return taken;
        }
    }

    private static final class Comparison implements LogParts.Taker {
        private final MessageDigest digest;
        private Lines decisionLog = new Lines();
        private @Nullable LogExecutor executor;
        private @Nullable Difference difference;
        private long decisions;

        Comparison() {
            try {
                digest = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        }

        @Override
        public boolean take(LogLine line) throws ReplayException {
            LogExecutor current = executor;
            if (current == null || line.event().equals("start")) {
                decisionLog = new Lines();
                executor = new LogExecutor(line, decisionLog);
            } else {
                current.execute(line);
            }
            List<String> replayed = decisionLog.take();
            if (!replayed.equals(List.of(line.text()))) {
                difference = new Difference(
                        line.where(),
                        line.text(),
                        replayed.isEmpty() ? "(nothing changes)" : String.join(" and ", replayed));
                return false;
            }
            decisions++;
            digest.update(line.text().getBytes(StandardCharsets.US_ASCII));
            digest.update((byte) '\n');
            return true;
        }

        SameDecisions result() {
            return new SameDecisions(
                    decisions,
                    difference == null ? HexFormat.of().formatHex(digest.digest()) : "",
                    Optional.ofNullable(difference));
        }
    }
}
