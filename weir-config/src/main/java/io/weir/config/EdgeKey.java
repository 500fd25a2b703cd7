package io.weir.config;

import io.weir.core.config.InvalidConfigException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** Every key of section {@code edge}, with its range and default. */
enum EdgeKey {
    MAX_CONNECTIONS(1, 1_000_000, 10_000),
    MAX_CONNECTIONS_PER_ADDRESS(1, 1_000_000, 1_000),
    MAX_SESSIONS(1, 10_000_000, 10_000),
    MAX_SESSIONS_PER_TENANT(1, 10_000_000, 1_000),
    MAX_SESSIONS_PER_ADDRESS(1, 10_000_000, 1_000),
    MAX_SESSIONS_PER_CONNECTION(1, 10_000_000, 500),
    MAX_INITIALIZE_PER_SEC_PER_ADDRESS(1, 1_000_000, 50),
    IPV6_PREFIX_LENGTH(32, 128, 64),
    MAX_STREAMS(0, 1_000_000, 5_000),
    MAX_STREAMS_PER_SESSION(0, 1_000, 4),
    MAX_STREAMS_PER_TENANT(0, 1_000_000, 1_000),
    MAX_STREAMS_PER_ADDRESS(0, 1_000_000, 1_000),
    STREAM_MAX_AGE_MS(1_000, Edge.WEEK, 4 * Edge.HOUR),
    SESSION_IDLE_TIMEOUT_MS(1_000, Edge.WEEK, Edge.HOUR / 2),
    HEADER_TIMEOUT_MS(100, Edge.HOUR, 10_000),
    BODY_TIMEOUT_MS(100, Edge.HOUR, 30_000),
    IDLE_TIMEOUT_MS(1_000, Edge.WEEK, 120_000),
    WRITE_STALL_TIMEOUT_MS(500, Edge.HOUR, 30_000),
    MAX_HEADER_BYTES(1_024, 1 << 20, 16 * 1024),
    MAX_HEADERS(16, 10_000, 100),
    MAX_BUFFERED_HEAD_BYTES(1, 1L << 40, 64 << 20),
    MAX_BODY_BYTES(1, 1 << 30, 1 << 20),
    MAX_BUFFERED_BODY_BYTES(1, 1L << 40, 64 << 20),
    MAX_BUFFERED_ANSWER_BYTES(1, 1L << 40, 256 << 20),
    MAX_OUTBOUND_BYTES(1_024, 1 << 30, 64 * 1024),
    SCAN_OFF_LOOP_BYTES(1_024, 1 << 30, 64 * 1024),
    SHUTDOWN_TIMEOUT_MS(0, Edge.HOUR, 30_000);

    private interface Edge {
        long HOUR = 3_600_000;
        long WEEK = 7 * 24 * HOUR;
    }

    private final long smallest;
    private final long largest;
    private final long byDefault;

    EdgeKey(long smallest, long largest, long byDefault) {
        this.smallest = smallest;
        this.largest = largest;
        this.byDefault = byDefault;
    }

    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    long byDefault() {
        return byDefault;
    }

    /** The value that a text gives. @throws InvalidConfigException if it is none, or out of range */
    long parse(String text) {
        String unit = key().endsWith("_bytes") ? " of bytes" : key().endsWith("_ms") ? " of milliseconds" : "";
        long value;
        try {
            value = Long.parseLong(text.strip().replace("_", ""));
        } catch (NumberFormatException e) {
            throw new InvalidConfigException(
                    key(),
                    "must be a whole number" + unit + (unit.isEmpty() ? "" : " without a unit") + ", but is '" + text
                            + "'");
        }
        if (value < smallest || value > largest) {
            throw new InvalidConfigException(
                    key(), "must be from " + smallest + " to " + largest + ", but is " + value);
        }
        return value;
    }

    static Map<EdgeKey, Long> defaults() {
        Map<EdgeKey, Long> values = new EnumMap<>(EdgeKey.class);
        for (EdgeKey key : values()) {
            values.put(key, key.byDefault);
        }
        return values;
    }

    static EdgeConfig toConfig(Map<EdgeKey, Long> values) {
        return new EdgeConfig(
                integer(values, MAX_CONNECTIONS),
                integer(values, MAX_CONNECTIONS_PER_ADDRESS),
                integer(values, MAX_SESSIONS),
                integer(values, MAX_SESSIONS_PER_TENANT),
                integer(values, MAX_SESSIONS_PER_ADDRESS),
                integer(values, MAX_SESSIONS_PER_CONNECTION),
                integer(values, MAX_INITIALIZE_PER_SEC_PER_ADDRESS),
                integer(values, IPV6_PREFIX_LENGTH),
                integer(values, MAX_STREAMS),
                integer(values, MAX_STREAMS_PER_SESSION),
                integer(values, MAX_STREAMS_PER_TENANT),
                integer(values, MAX_STREAMS_PER_ADDRESS),
                millis(values, STREAM_MAX_AGE_MS),
                millis(values, SESSION_IDLE_TIMEOUT_MS),
                millis(values, HEADER_TIMEOUT_MS),
                millis(values, BODY_TIMEOUT_MS),
                millis(values, IDLE_TIMEOUT_MS),
                millis(values, WRITE_STALL_TIMEOUT_MS),
                integer(values, MAX_HEADER_BYTES),
                integer(values, MAX_HEADERS),
                values.getOrDefault(MAX_BUFFERED_HEAD_BYTES, MAX_BUFFERED_HEAD_BYTES.byDefault),
                integer(values, MAX_BODY_BYTES),
                values.getOrDefault(MAX_BUFFERED_BODY_BYTES, MAX_BUFFERED_BODY_BYTES.byDefault),
                values.getOrDefault(MAX_BUFFERED_ANSWER_BYTES, MAX_BUFFERED_ANSWER_BYTES.byDefault),
                integer(values, MAX_OUTBOUND_BYTES),
                integer(values, SCAN_OFF_LOOP_BYTES),
                millis(values, SHUTDOWN_TIMEOUT_MS));
    }

    private static int integer(Map<EdgeKey, Long> values, EdgeKey key) {
        return Math.toIntExact(values.getOrDefault(key, key.byDefault));
    }

    private static Duration millis(Map<EdgeKey, Long> values, EdgeKey key) {
        return Duration.ofMillis(values.getOrDefault(key, key.byDefault));
    }
}
