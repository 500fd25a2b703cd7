package io.weir.sim.report;

import io.weir.sim.engine.Bins;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A report as one page of HTML that opens from a disk and loads nothing. Everything is in its text and its drawings;
 * its script adds a cursor that the keyboard and the pointer move. Names in it may be hostile.
 *
 * @param heading what the page is about
 * @param columns over the headlines' figures; none if there is one figure each
 * @param headlines what happened
 * @param statements how far that can be trusted; may be none
 * @param marks what was done, and when
 * @param bins of the plots
 * @param sections the plots
 * @param results the figures
 * @param configuration what they hold for
 * @param source the text of the scenario; empty if there is none
 */
public record Page(
        Heading heading,
        List<String> columns,
        List<Headline> headlines,
        List<String> statements,
        List<Mark> marks,
        Bins bins,
        List<PlotSection> sections,
        Table results,
        Table configuration,
        String source) {
    private static final String HERE = "/io/weir/sim/report/";
    private static final Pattern PLACE = Pattern.compile("@([A-Z_]+)@");
    private static final int MAX_NARROW = 3;

    /**
     * What a page is about.
     *
     * @param kind of report
     * @param title over everything
     * @param description below it; may be empty
     * @param version of Weir that made it
     */
    public record Heading(String kind, String title, String description, String version) {}

    /** A copy that is guaranteed not to change. */
    public Page {
        columns = List.copyOf(columns);
        headlines = List.copyOf(headlines);
        statements = List.copyOf(statements);
        marks = List.copyOf(marks);
        sections = List.copyOf(sections);
    }

    /** The whole page. */
    public String html() {
        String script = resource("page.js");
        List<Marks.Numbered> numbered = Marks.numbered(marks, bins);
        Map<String, String> parts = Map.ofEntries(
                Map.entry("SCRIPT_HASH", hash(script)),
                Map.entry("KIND", Html.text(heading.kind())),
                Map.entry("TITLE", Html.name(heading.title())),
                Map.entry("DESCRIPTION", paragraph("", heading.description())),
                Map.entry("HEADLINES", headlinesHtml()),
                Map.entry("STATEMENTS", statementsHtml()),
                Map.entry("MARKS", marksHtml(numbered)),
                Map.entry("BINS", Html.text(binsText())),
                Map.entry("PLOTS", plotsHtml(numbered)),
                Map.entry("WIDE", results.columns().size() > MAX_NARROW ? " wide" : ""),
                Map.entry("RESULTS", TableHtml.table(results, "Figures")),
                Map.entry("CONFIGURATION", TableHtml.table(configuration, "Configuration")),
                Map.entry("SOURCE", sourceHtml()),
                Map.entry("VERSION", Html.text(heading.version())),
                Map.entry("STYLE", resource("page.css")),
                Map.entry("SCRIPT", script));
        return fill(resource("page.html"), parts);
    }

    /** In one pass, so that what is filled in is never taken for a place. */
    private static String fill(String template, Map<String, String> parts) {
        return PLACE.matcher(template).replaceAll(place -> {
            String part = parts.get(place.group(1));
            if (part == null) {
                throw new IllegalStateException("the page has nothing for " + place.group());
            }
            return Matcher.quoteReplacement(part);
        });
    }

    private static String resource(String name) {
        try (InputStream in = Page.class.getResourceAsStream(HERE + name)) {
            if (in == null) {
                throw new IllegalStateException("not on the class path: " + HERE + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets the browser run this script alone. */
    private static String hash(String script) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(script.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String paragraph(String attributes, String text) {
        return text.isEmpty() ? "" : "<p" + attributes + ">" + Html.text(text) + "</p>\n";
    }

    private String headlinesHtml() {
        StringBuilder out = new StringBuilder("<dl class=\"headlines\">\n");
        for (Headline headline : headlines) {
            out.append("<div><dt>").append(Html.text(headline.label())).append("</dt>\n");
            for (int i = 0; i < headline.figures().size(); i++) {
                Headline.Figure figure = headline.figures().get(i);
                out.append("<dd>");
                if (!columns.isEmpty()) {
                    out.append("<span class=\"column\">")
                            .append(Html.text(columns.get(i)))
                            .append("</span> ");
                }
                out.append("<strong>").append(Html.text(figure.value())).append("</strong>");
                figure.details()
                        .forEach(detail -> out.append(" <span class=\"detail\">")
                                .append(Html.text(detail))
                                .append("</span>"));
                out.append("</dd>\n");
            }
            out.append("</div>\n");
        }
        return out.append("</dl>\n").toString();
    }

    private String statementsHtml() {
        if (statements.isEmpty()) {
            return "";
        }
        StringBuilder out = new StringBuilder("<h3>How far this can be trusted</h3>\n<ul class=\"statements\">\n");
        statements.forEach(each -> out.append("<li>").append(Html.text(each)).append("</li>\n"));
        return out.append("</ul>\n").toString();
    }

    private String marksHtml(List<Marks.Numbered> numbered) {
        if (numbered.isEmpty()) {
            return "<p>Nothing was changed while it ran.</p>\n";
        }
        StringBuilder out = new StringBuilder("""
                <p>The plots have a vertical line for each of these, with its number where there is room.</p>
                <ol class="marks">
                """);
        for (Marks.Numbered mark : numbered) {
            out.append("<li><b>")
                    .append(Scale.time(mark.at(), bins))
                    .append(' ')
                    .append(Scale.unit(bins))
                    .append("</b> ")
                    .append(Html.text(mark.text()))
                    .append("</li>\n");
        }
        return out.append("</ol>\n").toString();
    }

    private String binsText() {
        return "Each point is a bin of " + Scale.width(bins.step()) + ", drawn at its middle; there "
                + (bins.count() == 1 ? "is 1 bin" : "are " + bins.count() + " bins")
                + (bins.end() % bins.step() == 0 ? "" : ", the last one from " + Scale.bin(bins.count() - 1, bins))
                + ". Messages that end after the plots' end are in the figures alone.";
    }

    private String plotsHtml(List<Marks.Numbered> numbered) {
        StringBuilder out = new StringBuilder();
        PlotHtml plots = new PlotHtml(out, bins, numbered);
        int plotsBefore = 0;
        for (PlotSection section : sections) {
            out.append("<section>\n<h2>").append(Html.text(section.title())).append("</h2>\n");
            out.append(paragraph("", section.text()));
            out.append("<div class=\"plots\">\n");
            for (Plot plot : section.plots()) {
                plotsBefore++;
                plots.append(plot, "plot-" + plotsBefore);
            }
            out.append("</div>\n</section>\n");
        }
        return out.toString();
    }

    private String sourceHtml() {
        return source.isEmpty()
                ? ""
                : "<details class=\"source\"><summary>The whole scenario</summary>\n"
                        + "<pre class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"The whole scenario\">"
                        + Html.lines(source) + "</pre></details>\n";
    }
}
