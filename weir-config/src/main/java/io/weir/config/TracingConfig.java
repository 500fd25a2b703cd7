package io.weir.config;

import java.math.BigDecimal;
import java.net.URI;
import java.util.Map;

/**
 * Where spans go, and of how many requests.
 *
 * @param url where a receiver of OTLP over HTTP takes spans, such as {@code http://127.0.0.1:4318/v1/traces}
 * @param sampleRatio which part of the requests without a parent is traced, 0 to 1; others are traced if their parent
 *     is
 * @param headers that the receiver asks for; their values may be secrets
 */
public record TracingConfig(URI url, BigDecimal sampleRatio, Map<String, String> headers) {
    /** The values of headers are not told. */
    @Override
    public String toString() {
        return "TracingConfig[url=" + Redaction.of(url) + ", sampleRatio=" + sampleRatio + ", headers="
                + headers.keySet() + "]";
    }
}
