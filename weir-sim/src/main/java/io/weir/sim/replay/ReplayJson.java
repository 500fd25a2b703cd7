package io.weir.sim.replay;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.weir.sim.engine.Samples;
import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.Map;

/** The result of a replay as JSON, for machines. Times are nanoseconds. */
public final class ReplayJson {
    private static final List<String> COUNTS = List.of(
            "offered",
            "admitted",
            "refused",
            "dropped",
            "disconnected",
            "shed",
            "expired",
            "cancelled",
            "evicted",
            "failed",
            "completed",
            "in time");
    private static final List<String> REJECTIONS = List.of("refused", "dropped", "disconnected", "shed");

    private final JsonGenerator json;

    private ReplayJson(JsonGenerator json) {
        this.json = json;
    }

    /** Writes whether a log was decided the same again. */
    public static void write(SameDecisions same, Writer out) throws IOException {
        try (JsonGenerator json = generator(out)) {
            json.writeStartObject();
            json.writeBooleanField("identical", same.difference().isEmpty());
            json.writeNumberField("decisions", same.decisions());
            json.writeStringField("decision_log_sha256", same.sha256());
            if (same.difference().isPresent()) {
                SameDecisions.Difference difference = same.difference().get();
                json.writeObjectFieldStart("difference");
                json.writeStringField("where", difference.where());
                json.writeStringField("logged", difference.logged());
                json.writeStringField("replayed", difference.replayed());
                json.writeEndObject();
            }
            json.writeEndObject();
        }
    }

    /** Writes what was logged beside what would have happened; {@code remarks} say how far that can be trusted. */
    public static void write(WhatIf compared, List<String> remarks, Writer out) throws IOException {
        try (JsonGenerator generator = generator(out)) {
            new ReplayJson(generator).compared(compared, remarks);
        }
    }

    private static JsonGenerator generator(Writer out) throws IOException {
        JsonGenerator generator = new JsonFactory().createGenerator(out);
        generator.setPrettyPrinter(new DefaultPrettyPrinter());
        return generator;
    }

    private void compared(WhatIf compared, List<String> remarks) throws IOException {
        json.writeStartObject();
        json.writeNumberField("duration_ns", compared.duration());
        json.writeObjectFieldStart("upstreams");
        for (Map.Entry<String, UpstreamShape> each : compared.shapes().entrySet()) {
            json.writeStringField(each.getKey(), each.getValue().describe());
        }
        json.writeEndObject();
        json.writeArrayFieldStart("remarks");
        for (String remark : remarks) {
            json.writeString(remark);
        }
        json.writeEndArray();
        tracked("logged", compared.logged());
        tracked("replayed", compared.replayed());
        json.writeEndObject();
    }

    private void tracked(String name, Tracker tracker) throws IOException {
        json.writeObjectFieldStart(name);
        for (String count : COUNTS) {
            json.writeNumberField(count.replace(' ', '_'), tracker.count(count));
        }
        for (String rejection : REJECTIONS) {
            if (!tracker.reasons(rejection).isEmpty()) {
                counts(rejection + "_by_reason", tracker.reasons(rejection));
            }
        }
        counts("completed_by_operation", tracker.completedByOperation());
        counts("completed_by_tenant", tracker.completedByTenant());
        samples("latency_ns", tracker.latencies());
        samples("wait_ns", tracker.waits());
        json.writeObjectFieldStart("most_pending");
        json.writeNumberField("messages", tracker.peaks().messages());
        json.writeNumberField("bytes", tracker.peaks().bytes());
        json.writeEndObject();
        json.writeEndObject();
    }

    private void counts(String name, Map<String, Long> counts) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, Long> each : counts.entrySet()) {
            json.writeNumberField(each.getKey(), each.getValue());
        }
        json.writeEndObject();
    }

    private void samples(String name, Samples samples) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeNumberField("p50", samples.percentile(500));
        json.writeNumberField("p95", samples.percentile(950));
        json.writeNumberField("p99", samples.percentile(990));
        json.writeEndObject();
    }
}
