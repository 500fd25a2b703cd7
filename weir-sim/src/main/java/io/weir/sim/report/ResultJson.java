package io.weir.sim.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.weir.sim.engine.Samples;
import io.weir.sim.run.CircuitHistory;
import io.weir.sim.run.MessageCounters;
import io.weir.sim.run.MessageCounters.Fate;
import io.weir.sim.run.Result;
import io.weir.sim.run.Verdict;
import io.weir.sim.scenario.Expectation;
import java.io.IOException;
import java.io.Writer;
import java.util.Locale;
import java.util.Map;

/** A result as JSON, for machines. Times are nanoseconds. */
public final class ResultJson {
    private static final int MEDIAN = 500;
    private static final int P95 = 950;
    private static final int P99 = 990;

    private final JsonGenerator json;

    private ResultJson(JsonGenerator json) {
        this.json = json;
    }

    /**
     * Writes a result.
     *
     * @param sha256 of the decision log
     */
    public static void write(Result result, String sha256, long lines, Writer out) throws IOException {
        try (JsonGenerator generator = new JsonFactory().createGenerator(out)) {
            generator.setPrettyPrinter(new DefaultPrettyPrinter());
            new ResultJson(generator).result(result, sha256, lines);
        }
    }

    private void result(Result result, String sha256, long lines) throws IOException {
        json.writeStartObject();
        json.writeStringField("scenario", result.scenario().name());
        json.writeStringField("description", result.scenario().description());
        json.writeStringField("profile", result.scenario().profile());
        json.writeNumberField("seed", result.scenario().seed());
        json.writeNumberField("duration_ns", result.scenario().duration());
        json.writeNumberField("ended_ns", result.ended());
        json.writeNumberField("goodput", result.goodput());
        json.writeNumberField("capacity_messages", Math.round(result.capacity()));
        json.writeBooleanField("conserved", result.isConserved());
        json.writeArrayFieldStart("wrong");
        for (String each : result.wrong()) {
            json.writeString(each);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("expectations");
        for (Verdict each : result.verdicts()) {
            verdict(each);
        }
        json.writeEndArray();
        json.writeStringField("decision_log_sha256", sha256);
        json.writeNumberField("decision_log_lines", lines);
        json.writeObjectFieldStart("most_pending");
        json.writeNumberField("messages", result.peaks().messages());
        json.writeNumberField("bytes", result.peaks().bytes());
        json.writeNumberField("messages_of_connection", result.peaks().messagesOfConnection());
        json.writeNumberField("bytes_of_connection", result.peaks().bytesOfConnection());
        json.writeNumberField("messages_of_tenant", result.peaks().messagesOfTenant());
        json.writeNumberField("bytes_of_tenant", result.peaks().bytesOfTenant());
        json.writeEndObject();
        json.writeFieldName("total");
        account(result.total());
        circuit(result.circuit());
        accounts("clients", result.groups());
        accounts("tenants", result.tenants());
        new SeriesJson(json).write(result);
        json.writeArrayFieldStart("signals");
        for (Result.Signal signal : result.signals()) {
            json.writeStartObject();
            json.writeNumberField("at_ns", signal.at());
            json.writeStringField("what", signal.what());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void verdict(Verdict verdict) throws IOException {
        Expectation expected = verdict.expectation();
        json.writeStartObject();
        json.writeStringField("figure", expected.figure().key());
        json.writeStringField("clients", expected.clients());
        json.writeNumberField("min", expected.min());
        json.writeNumberField("max", expected.max());
        json.writeNumberField("value", verdict.value());
        json.writeBooleanField("held", verdict.isHeld());
        json.writeEndObject();
    }

    private void accounts(String name, Map<String, MessageCounters> accounts) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, MessageCounters> each : accounts.entrySet()) {
            json.writeFieldName(each.getKey());
            account(each.getValue());
        }
        json.writeEndObject();
    }

    private void account(MessageCounters account) throws IOException {
        json.writeStartObject();
        for (Fate fate : Fate.values()) {
            json.writeObjectFieldStart(
                    fate == Fate.GOOD ? "in_time" : fate.name().toLowerCase(Locale.ROOT));
            json.writeNumberField("messages", account.count(fate).messages());
            json.writeNumberField("bytes", account.count(fate).bytes());
            json.writeEndObject();
        }
        reasons("rejected_by_reason", account.byReason());
        for (Fate fate : Fate.values()) {
            if (!account.byReason(fate).isEmpty()) {
                reasons(fate.name().toLowerCase(Locale.ROOT) + "_by_reason", account.byReason(fate));
            }
        }
        samples("latency_ns", account.latency());
        samples("wait_ns", account.waits());
        json.writeEndObject();
    }

    private void reasons(String name, Map<String, Long> reasons) throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, Long> each : reasons.entrySet()) {
            json.writeNumberField(each.getKey(), each.getValue());
        }
        json.writeEndObject();
    }

    private void circuit(CircuitHistory circuit) throws IOException {
        json.writeObjectFieldStart("circuit");
        json.writeNumberField("opened", circuit.opened());
        json.writeNumberField("open_ns", circuit.openNanos());
        json.writeNumberField("half_open_ns", circuit.halfOpenNanos());
        json.writeEndObject();
    }

    private void samples(String name, Samples samples) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeNumberField("p50", samples.percentile(MEDIAN));
        json.writeNumberField("p95", samples.percentile(P95));
        json.writeNumberField("p99", samples.percentile(P99));
        json.writeEndObject();
    }
}
