package io.weir.sim.report;

import com.fasterxml.jackson.core.JsonGenerator;
import io.weir.core.queue.CircuitState;
import io.weir.sim.run.Breakdown;
import io.weir.sim.run.Result;
import io.weir.sim.run.Series;
import java.io.IOException;

/** What the page plots, as JSON: counts per bin, not rates; nanoseconds; null where there is no value. */
final class SeriesJson {
    private final JsonGenerator json;

    SeriesJson(JsonGenerator json) {
        this.json = json;
    }

    void write(Result result) throws IOException {
        json.writeObjectFieldStart("series");
        json.writeNumberField("bin_ns", result.series().step());
        json.writeNumberField("bins", result.series().rows());
        json.writeNumberField("end_ns", result.series().bins().end());
        json.writeObjectFieldStart("total");
        columns(result.series());
        json.writeArrayFieldStart("circuit");
        for (CircuitState state : result.circuit().worst()) {
            json.writeString(state.key());
        }
        json.writeEndArray();
        json.writeEndObject();
        parts("tenants", result.byTenant());
        parts("operations", result.byOperation());
        marks(result);
        json.writeEndObject();
    }

    private void parts(String name, Breakdown breakdown) throws IOException {
        json.writeArrayFieldStart(name);
        for (Breakdown.Part part : breakdown.parts(Plots.MAX_LINES)) {
            json.writeStartObject();
            if (part.keys() == 1) {
                json.writeStringField("name", part.name());
            } else {
                json.writeNumberField("others", part.keys());
            }
            columns(part.series());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void columns(Series series) throws IOException {
        for (String column : series.names()) {
            json.writeArrayFieldStart(column.replace(' ', '_'));
            for (long value : series.column(column)) {
                if (value == Series.NO_DATA) {
                    json.writeNull();
                } else {
                    json.writeNumber(value);
                }
            }
            json.writeEndArray();
        }
    }

    private void marks(Result result) throws IOException {
        json.writeArrayFieldStart("marks");
        for (Mark mark : ScenarioMarks.of(result.scenario())) {
            json.writeStartObject();
            json.writeNumberField("at_ns", mark.at());
            json.writeStringField("what", mark.what());
            json.writeStringField("detail", mark.detail());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
