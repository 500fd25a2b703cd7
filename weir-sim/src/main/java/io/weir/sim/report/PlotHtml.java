package io.weir.sim.report;

import io.weir.sim.engine.Bins;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A plot as HTML: a drawing in SVG with labels around it, a legend, and a table with every value. The drawing is
 * stretched to the width that there is; the labels are not. The script of the page reads the values from the table.
 */
final class PlotHtml {
    private static final double WIDTH = 1000;
    private static final double HEIGHT = 200;
    private static final int STYLES = 8;
    private static final double MIN_TAG_DISTANCE = 5;
    private static final double PERCENT = 100;
    private static final int MAX_TIMES = 8;
    private static final int MAX_VALUES = 5;

    private final StringBuilder out;
    private final Bins bins;
    private final List<Marks.Numbered> marks;

    PlotHtml(StringBuilder out, Bins bins, List<Marks.Numbered> marks) {
        this.out = out;
        this.bins = bins;
        this.marks = marks;
    }

    /** Appends a plot, with an id that no other one of the page has. */
    void append(Plot plot, String id) {
        out.append("<figure class=\"plot\" id=\"").append(id).append("\">\n<h3 id=\"");
        out.append(id).append("-title\">").append(Html.text(plot.title())).append("</h3>\n");
        if (!plot.note().isEmpty()) {
            out.append("<p class=\"note\">").append(Html.text(plot.note())).append("</p>\n");
        }
        if (!plot.lines().isEmpty()) {
            drawing(plot);
            legend(plot);
            out.append("<p class=\"announced\" aria-live=\"polite\" aria-atomic=\"true\"></p>\n");
            table(plot, id);
        }
        out.append("</figure>\n");
    }

    private void drawing(Plot plot) {
        Scale scale = plot.states().isEmpty()
                ? Scale.upTo(Math.max(plot.largest(), plot.atLeast()), MAX_VALUES)
                : new Scale(1, plot.states().size() - 1.0);
        out.append("<p class=\"unit\" aria-hidden=\"true\">")
                .append(Html.text(plot.unit()))
                .append("</p>\n<div class=\"frame\"><div class=\"y\" aria-hidden=\"true\">");
        for (double tick : scale.ticks()) {
            out.append("<span style=\"bottom:")
                    .append(number(PERCENT * tick / scale.top()))
                    .append("%\">")
                    .append(plot.text(tick))
                    .append("</span>");
        }
        out.append("</div>\n<div class=\"area\" data-middles=\"")
                .append(middles(plot))
                .append("\" data-unit=\"")
                .append(plot.states().isEmpty() ? Html.text(plot.unit()) : "")
                .append("\">");
        svg(plot, scale);
        tags();
        out.append("</div>\n<div class=\"x\" aria-hidden=\"true\">");
        double seconds = bins.end() / 1e9 / Scale.unitSeconds(bins);
        for (double tick : Scale.upTo(seconds, MAX_TIMES).ticks()) {
            if (tick <= seconds * (1 + 1e-9)) {
                out.append("<span style=\"left:")
                        .append(number(PERCENT * tick / seconds))
                        .append("%\">")
                        .append(Scale.text(tick))
                        .append("</span>");
            }
        }
        out.append(
                        "</div></div>\n<div class=\"under\"><p class=\"readout\"></p><p class=\"time\" aria-hidden=\"true\">time in ")
                .append(Scale.unit(bins))
                .append("</p></div>\n");
    }

    /** The middle of every bin, in percent of the width. */
    private String middles(Plot plot) {
        int rows = plot.lines().get(0).values().size();
        return IntStream.range(0, rows)
                .mapToObj(bin -> number(PERCENT * (bins.start(bin) / 2.0 + bins.end(bin) / 2.0) / bins.end()))
                .collect(Collectors.joining(" "));
    }

    private void svg(Plot plot, Scale scale) {
        out.append("<svg viewBox=\"0 0 1000 200\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"")
                .append(Html.text(
                        "Plot: " + plot.title() + ", in " + plot.unit() + ". Its values are in the table below."))
                .append("\">");
        StringBuilder grid = new StringBuilder();
        for (double tick : scale.ticks()) {
            grid.append("M0 ").append(number(y(tick, scale))).append("H1000");
        }
        out.append("<path class=\"grid\" d=\"").append(grid).append("\"/>");
        for (Marks.Numbered mark : marks) {
            out.append("<path class=\"mark\" d=\"M")
                    .append(number(x(mark.at())))
                    .append(" 0V200\"/>");
        }
        for (int i = 0; i < plot.lines().size(); i++) {
            line(plot, plot.lines().get(i), i % STYLES, scale);
        }
        out.append("</svg>");
    }

    private void line(Plot plot, Plot.Line line, int style, Scale scale) {
        StringBuilder path = new StringBuilder();
        StringBuilder dots = new StringBuilder();
        List<Double> values = line.values();
        for (int bin = 0; bin < values.size(); bin++) {
            if (values.get(bin).isNaN()) {
                continue;
            }
            boolean follows = bin > 0 && !values.get(bin - 1).isNaN();
            boolean goesOn = bin + 1 < values.size() && !values.get(bin + 1).isNaN();
            String y = number(y(values.get(bin), scale));
            if (!plot.states().isEmpty()) {
                path.append(follows ? "V" + y : "M" + number(x(bins.start(bin))) + " " + y);
                path.append('H').append(number(x(bins.end(bin))));
            } else if (follows || goesOn) {
                path.append(follows ? 'L' : 'M').append(centre(bin)).append(' ').append(y);
            } else {
                dots.append('M').append(centre(bin)).append(' ').append(y).append("h0.01");
            }
        }
        path(path, "line s" + style);
        path(dots, "dot s" + style);
    }

    private void path(StringBuilder path, String classes) {
        if (path.length() > 0) {
            out.append("<path class=\"")
                    .append(classes)
                    .append("\" d=\"")
                    .append(path)
                    .append("\"/>");
        }
    }

    private void tags() {
        double last = -PERCENT;
        for (Marks.Numbered mark : marks) {
            double left = PERCENT * mark.at() / bins.end();
            if (left - last >= MIN_TAG_DISTANCE) {
                last = left;
                out.append("<span class=\"tag\" aria-hidden=\"true\" style=\"left:")
                        .append(number(left))
                        .append("%\">")
                        .append(mark.number())
                        .append("</span>");
            }
        }
    }

    private String centre(int bin) {
        return number((x(bins.start(bin)) + x(bins.end(bin))) / 2);
    }

    private double x(long time) {
        return WIDTH * time / bins.end();
    }

    private static double y(double value, Scale scale) {
        return HEIGHT * (1 - value / scale.top());
    }

    private static String number(double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        return text.replaceFirst("\\.?0+$", "");
    }

    private void legend(Plot plot) {
        out.append("<ul class=\"legend\">");
        for (int i = 0; i < plot.lines().size(); i++) {
            Plot.Line line = plot.lines().get(i);
            double largest = line.largest();
            out.append(
                            "<li><svg viewBox=\"0 0 36 10\" width=\"36\" height=\"10\" aria-hidden=\"true\"><path class=\"line s")
                    .append(i % STYLES)
                    .append("\" d=\"M0 5H36\"/></svg> <bdi>")
                    .append(Html.name(line.name()))
                    .append("</bdi> <b></b> <span class=\"largest\">");
            if (Double.isNaN(largest)) {
                out.append("no data");
            } else {
                out.append(plot.states().isEmpty() ? "up to " : "at worst ").append(plot.text(largest));
            }
            out.append("</span></li>");
        }
        out.append("</ul>\n");
    }

    private void table(Plot plot, String id) {
        out.append("<details class=\"values\"><summary>Values<span class=\"of\"> of ")
                .append(Html.text(plot.title()))
                .append("</span></summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"")
                .append(Html.text("Values of " + plot.title()))
                .append("\"><table id=\"")
                .append(id)
                .append("-values\"><caption>")
                .append(Html.text(plot.states().isEmpty() ? "In " + plot.unit() : "The state"))
                .append("</caption><thead><tr><th scope=\"col\">time</th>");
        for (Plot.Line line : plot.lines()) {
            out.append("<th scope=\"col\"><bdi>").append(Html.name(line.name())).append("</bdi></th>");
        }
        out.append("</tr></thead><tbody>\n");
        int rows = plot.lines().get(0).values().size();
        for (int bin = 0; bin < rows; bin++) {
            out.append("<tr><th scope=\"row\">").append(Scale.bin(bin, bins)).append("</th>");
            for (Plot.Line line : plot.lines()) {
                out.append("<td>").append(plot.text(line.values().get(bin))).append("</td>");
            }
            out.append("</tr>\n");
        }
        out.append("</tbody></table></div></details>\n");
    }
}
