package io.weir.gateway.ops;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.vertx.core.MultiMap;
import io.weir.config.TracingConfig;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.mcp.McpMethods;
import io.weir.gateway.proxy.RequestRecord;
import io.weir.gateway.proxy.TraceContext;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Traces requests with OpenTelemetry: a span of kind SERVER for each, and within it one for its wait in a queue, sent
 * to a receiver of OTLP in batches. Spans that find the queue of the exporter full are lost, and counted. Its classes
 * are loaded only where tracing is configured. Thread-safe.
 */
public final class Tracing implements RequestRecord.Tracer, AutoCloseable {
    private static final int MAX_VALUE = 256;
    private static final long CLOSE_SECONDS = 2;

    /** How long a span waits for others before it is sent with them. */
    private static final Duration SEND_DELAY = Duration.ofSeconds(1);

    private static final String COMPLETED = "completed";
    private static final String CANCELLED = "cancelled";

    /* Names of the semantic conventions for MCP (open-telemetry/semantic-conventions-genai). */
    private static final AttributeKey<String> METHOD = AttributeKey.stringKey("mcp.method.name");
    private static final AttributeKey<String> OPERATION = AttributeKey.stringKey("gen_ai.operation.name");
    private static final AttributeKey<String> TOOL = AttributeKey.stringKey("gen_ai.tool.name");
    private static final AttributeKey<String> PROMPT = AttributeKey.stringKey("gen_ai.prompt.name");
    private static final AttributeKey<String> ID = AttributeKey.stringKey("jsonrpc.request.id");
    private static final AttributeKey<String> CODE = AttributeKey.stringKey("rpc.response.status_code");
    private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
    private static final AttributeKey<String> CLIENT = AttributeKey.stringKey("client.address");
    private static final AttributeKey<String> TRANSPORT = AttributeKey.stringKey("network.transport");
    private static final AttributeKey<String> PROTOCOL = AttributeKey.stringKey("network.protocol.name");
    private static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");

    /* The gateway's own, with the words of /stats and /decisions. */
    private static final AttributeKey<String> TENANT = AttributeKey.stringKey("weir.tenant");
    private static final AttributeKey<String> UPSTREAM = AttributeKey.stringKey("weir.upstream");
    private static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("weir.outcome");
    private static final AttributeKey<String> DECISION = AttributeKey.stringKey("weir.decision");
    private static final AttributeKey<String> REASON = AttributeKey.stringKey("weir.reason");
    private static final AttributeKey<String> SCOPE = AttributeKey.stringKey("weir.scope");
    private static final AttributeKey<Long> MESSAGES = AttributeKey.longKey("weir.messages");

    private static final TextMapGetter<TraceContext> GETTER = Tracing::field;

    private final LoggedExporter exporter;
    private final SpanQueue queue;
    private final SdkTracerProvider provider;
    private final Tracer tracer;

    /** Begins to trace, and to send spans there. */
    public Tracing(TracingConfig config) {
        OtlpHttpSpanExporterBuilder otlp =
                OtlpHttpSpanExporter.builder().setEndpoint(config.url().toString());
        config.headers().forEach(otlp::addHeader);
        this.exporter = new LoggedExporter(otlp.build(), config.url());
        this.queue = new SpanQueue(exporter, SEND_DELAY);
        this.provider = SdkTracerProvider.builder()
                .setResource(Resource.getDefault().toBuilder()
                        .put("service.name", System.getenv().getOrDefault("OTEL_SERVICE_NAME", "weir"))
                        .put("service.version", version())
                        .build())
                .setSampler(Sampler.parentBased(
                        Sampler.traceIdRatioBased(config.sampleRatio().doubleValue())))
                .setSpanLimits(SpanLimits.builder()
                        .setMaxAttributeValueLength(MAX_VALUE)
                        .build())
                .addSpanProcessor(queue)
                .build();
        this.tracer = provider.get("io.weir.gateway", version());
    }

    /** How it does. */
    public Statistics.TracingState state() {
        return new Statistics.TracingState("sending", queue.lost(), exporter.lostInAll());
    }

    private static @Nullable String field(@Nullable TraceContext context, String name) {
        if (context == null) {
            return null;
        }
        return switch (name) {
            case "traceparent" -> context.parent();
            case "tracestate" -> context.state().isEmpty() ? null : context.state();
            default -> null;
        };
    }

    private static String version() {
        String packaged = Tracing.class.getPackage().getImplementationVersion();
        return packaged == null ? "unpackaged" : packaged;
    }

    @Override
    public RequestRecord.Trace begin(RequestRecord request, @Nullable TraceContext parent) {
        Context from = parent == null
                ? Context.root()
                : W3CTraceContextPropagator.getInstance().extract(Context.root(), parent, GETTER);
        Span span = tracer.spanBuilder(name(request))
                .setSpanKind(SpanKind.SERVER)
                .setParent(from)
                .setStartTimestamp(request.startedEpochNanos(), TimeUnit.NANOSECONDS)
                .startSpan();
        return new OfRequest(span, from.with(span));
    }

    private static String name(RequestRecord request) {
        String method = request.method();
        if (method == null) {
            return request.messages() > 1
                    ? "batch"
                    : request.messages() == 1 ? "response" : String.valueOf(request.httpMethod());
        }
        return request.target() == null ? method : method + " " + request.target();
    }

    private final class OfRequest implements RequestRecord.Trace {
        private final Span span;
        private final Context context;

        OfRequest(Span span, Context context) {
            this.span = span;
            this.context = context;
        }

        @Override
        public String traceId() {
            return span.getSpanContext().getTraceId();
        }

        @Override
        public void propagate(MultiMap headers) {
            headers.remove(HeaderNames.TRACESTATE);
            W3CTraceContextPropagator.getInstance()
                    .inject(
                            context,
                            headers,
                            (to, name, value) -> Objects.requireNonNull(to).set(name, value));
        }

        @Override
        public void end(RequestRecord request) {
            if (!span.isRecording()) {
                return;
            }
            long started = request.startedEpochNanos();
            if (request.wasQueued()) {
                queueWait(request, started + request.queuedAfterNanos());
            }
            span.setAllAttributes(attributes(request));
            if (!request.outcome().equals(COMPLETED) && !request.outcome().equals(CANCELLED)) {
                span.setStatus(StatusCode.ERROR, reason(request));
                span.setAttribute(
                        ERROR, request.errorCode() == 0 ? reason(request) : String.valueOf(request.errorCode()));
            }
            span.end(started + request.totalNanos(), TimeUnit.NANOSECONDS);
        }

        private void queueWait(RequestRecord request, long from) {
            SpanBuilder wait = tracer.spanBuilder("queue wait")
                    .setSpanKind(SpanKind.INTERNAL)
                    .setParent(context)
                    .setStartTimestamp(from, TimeUnit.NANOSECONDS)
                    .setAttribute(DECISION, request.wasSent() ? "dispatched" : request.outcome());
            if (request.client() != null) {
                wait.setAttribute(TENANT, request.client().tenant());
            }
            if (!request.wasSent() && request.reason() != null) {
                wait.setAttribute(REASON, request.reason());
            }
            wait.startSpan().end(from + request.queueNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private static String reason(RequestRecord request) {
        return request.reason() == null ? request.outcome() : request.reason();
    }

    private static Attributes attributes(RequestRecord request) {
        boolean http = request.front().equals("http");
        var attributes = Attributes.builder()
                .put(CLIENT, request.address())
                .put(TRANSPORT, "tcp")
                .put(MESSAGES, (long) request.messages())
                .put(OUTCOME, request.outcome());
        if (request.method() != null) {
            attributes.put(METHOD, request.method());
        }
        if (request.target() != null) {
            boolean tool = McpMethods.TOOLS_CALL.equals(request.method());
            attributes.put(tool ? TOOL : PROMPT, request.target());
            if (tool) {
                attributes.put(OPERATION, "execute_tool");
            }
        }
        if (request.id() != null) {
            attributes.put(ID, unquoted(request.id()));
        }
        if (request.client() != null) {
            attributes.put(TENANT, request.client().tenant());
        }
        if (request.upstream() != null) {
            attributes.put(UPSTREAM, request.upstream());
        }
        if (request.reason() != null) {
            attributes.put(REASON, request.reason());
        }
        if (request.rejection() != null) {
            attributes.put(SCOPE, request.rejection().scope().key());
        }
        if (request.errorCode() != 0) {
            attributes.put(CODE, String.valueOf(request.errorCode()));
        }
        if (http) {
            attributes.put(PROTOCOL, "http");
        }
        if (request.status() != 0) {
            attributes.put(STATUS, (long) request.status());
        }
        return attributes.build();
    }

    private static String unquoted(String id) {
        return id.length() >= 2 && id.startsWith("\"") && id.endsWith("\"") ? id.substring(1, id.length() - 1) : id;
    }

    /** Sends what waits to be sent, for two seconds at most. */
    @Override
    public void close() {
        provider.shutdown().join(CLOSE_SECONDS, TimeUnit.SECONDS);
    }
}
