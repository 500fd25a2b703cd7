package io.weir.sim.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A report as one page of HTML that opens from a disk and loads nothing: its style, its script and its data are in it.
 *
 * @param title over everything
 * @param description below it; may be empty
 * @param results the figures
 * @param configuration what they hold for
 * @param times of the plots' values, in seconds
 * @param plots over virtual time
 */
public record Page(
        String title, String description, Grid results, Grid configuration, List<Double> times, List<Plot> plots) {
    private static final String VERSIONS = "/META-INF/maven/org.webjars.npm/uplot/pom.properties";
    private static final String HERE = "/io/weir/sim/report/";
    private static final int MOST_NARROW = 3;
    private static final double ROUNDING = 1000;

    /** The whole page. */
    public String html() {
        String plotting = "/META-INF/resources/webjars/uplot/" + version() + "/dist/";
        return resource(HERE + "page.html")
                .replace("@TITLE@", escape(title))
                .replace("@DESCRIPTION@", escape(description))
                .replace("@WIDE@", results.columns().size() > MOST_NARROW ? " class=\"wide\"" : "")
                .replace("@RESULTS@", table(results))
                .replace("@CONFIGURATION@", table(configuration))
                .replace("@UPLOT_CSS@", resource(plotting + "uPlot.min.css"))
                .replace("@PAGE_CSS@", resource(HERE + "page.css"))
                .replace("@DATA@", data())
                .replace("@UPLOT_JS@", resource(plotting + "uPlot.iife.min.js"))
                .replace("@PAGE_JS@", resource(HERE + "page.js"));
    }

    private static String version() {
        return resource(VERSIONS)
                .lines()
                .filter(line -> line.startsWith("version="))
                .map(line -> line.substring("version=".length()).strip())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(VERSIONS + " names no version"));
    }

    private static String resource(String path) {
        try (InputStream in = Page.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("not on the class path: " + path);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String table(Grid grid) {
        boolean titled = grid.columns().stream().anyMatch(column -> !column.isEmpty());
        StringBuilder out = new StringBuilder(titled ? "<table>" : "<table class=\"words\">");
        if (titled) {
            out.append("<thead><tr><th></th>");
            grid.columns()
                    .forEach(column -> out.append("<th scope=\"col\">")
                            .append(escape(column))
                            .append("</th>"));
            out.append("</tr></thead>");
        }
        out.append("<tbody>");
        for (Grid.Row row : grid.rows()) {
            boolean part = row.label().startsWith(" ");
            out.append("<tr><th scope=\"row\"")
                    .append(part ? " class=\"part\">" : ">")
                    .append(escape(row.label().strip()))
                    .append("</th>");
            row.cells().forEach(cell -> out.append("<td>").append(escape(cell)).append("</td>"));
            out.append("</tr>");
        }
        return out.append("</tbody></table>").toString();
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("@", "&#64;");
    }

    /** As JSON that cannot end the script it stands in. */
    private String data() {
        StringWriter out = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
            json.writeStartObject();
            numbers(json, "times", times);
            json.writeArrayFieldStart("plots");
            for (Plot plot : plots) {
                json.writeStartObject();
                json.writeStringField("title", plot.title());
                json.writeStringField("unit", plot.unit());
                json.writeArrayFieldStart("lines");
                for (Plot.Line line : plot.lines()) {
                    json.writeStartObject();
                    json.writeStringField("name", line.name());
                    json.writeBooleanField("dashed", line.dashed());
                    numbers(json, "values", line.values());
                    json.writeEndObject();
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString().replace("<", "\\u003c").replace("@", "\\u0040");
    }

    private static void numbers(JsonGenerator json, String name, List<Double> values) throws IOException {
        json.writeArrayFieldStart(name);
        for (double value : values) {
            json.writeNumber(Math.rint(value * ROUNDING) / ROUNDING);
        }
        json.writeEndArray();
    }
}
