package io.weir.config;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Which metrics there are, and where they go beside {@code /metrics}.
 *
 * @param maxTenants how many tenants have series of their own, 0 to 1,000
 * @param topConnections how many connections have a series by their rank, 0 to 100
 * @param otlp where metrics are pushed to, if anywhere
 */
public record MetricsConfig(int maxTenants, int topConnections, Optional<Otlp> otlp) {
    /** 100 tenants, 5 connections, and nothing is pushed. */
    public static final MetricsConfig DEFAULT = new MetricsConfig(100, 5, Optional.empty());

    /**
     * A receiver of OTLP over HTTP.
     *
     * @param url where it takes metrics, such as {@code http://127.0.0.1:4318/v1/metrics}
     * @param interval how often
     * @param headers that it asks for; their values may be secrets
     */
    public record Otlp(URI url, Duration interval, Map<String, String> headers) {
        /** The values of headers are not told. */
        @Override
        public String toString() {
            return "Otlp[url=" + Redaction.of(url) + ", interval=" + interval + ", headers=" + headers.keySet() + "]";
        }
    }
}
