package io.weir.demo;

import java.io.PrintStream;
import java.util.Map;

/** Prints lines of at most {@value #WIDTH} columns, and on a terminal one line that is written over. For one thread. */
final class Console {
    /** The width of a terminal that is safe everywhere. */
    static final int WIDTH = 80;

    private static final String BOLD = "1";
    private static final String GREEN = "32";
    private static final String RED = "31";

    private final PrintStream out;
    private final boolean terminal;
    private final boolean colour;
    private String live = "";

    /**
     * A console.
     *
     * @param terminal whether {@code out} is a terminal
     * @param colour whether it may have colours
     */
    Console(PrintStream out, boolean terminal, boolean colour) {
        this.out = out;
        this.terminal = terminal;
        this.colour = colour;
    }

    /** Standard output as the launcher found it: in colour on a terminal, unless {@code NO_COLOR} is set. */
    static Console of(PrintStream out, Map<String, String> environment) {
        boolean terminal = Boolean.getBoolean("weir.terminal");
        return new Console(
                out,
                terminal,
                terminal && environment.getOrDefault("NO_COLOR", "").isEmpty());
    }

    /** A heading, which is broken between words where it is too long. */
    void heading(String text) {
        paragraph("", text, BOLD);
    }

    /** A paragraph, broken between words and indented. */
    void text(String text) {
        paragraph("   ", text, "");
    }

    private void paragraph(String indent, String text, String code) {
        StringBuilder line = new StringBuilder(indent);
        for (String word : text.split(" ", -1)) {
            if (line.length() > indent.length() && line.length() + word.length() + 1 > WIDTH) {
                out.println(coloured(line.toString(), code));
                line = new StringBuilder(indent);
            }
            line.append(line.length() == indent.length() ? "" : " ").append(word);
        }
        out.println(coloured(line.toString(), code));
    }

    /** A line as it is. */
    void line(String text) {
        out.println(text);
    }

    /** A line that says whether a check holds. */
    void check(String text, boolean holds) {
        out.println(text + " " + (holds ? coloured("ok", GREEN) : coloured("WRONG", RED)));
    }

    /** Shows the state of things: over the last one on a terminal, else on a line of its own if it has changed. */
    void live(String state) {
        String line = "   " + state;
        String shown = line.length() < WIDTH ? line : line.substring(0, WIDTH - 1);
        if (shown.equals(live)) {
            return;
        }
        if (terminal) {
            out.print("\r" + shown + " ".repeat(Math.max(0, live.length() - shown.length())));
        } else {
            out.println(shown);
        }
        out.flush();
        live = shown;
    }

    /** Ends the state of things; what comes next is on a line of its own. */
    void endLive() {
        if (terminal && !live.isEmpty()) {
            out.println();
        }
        live = "";
    }

    void flush() {
        out.flush();
    }

    private String coloured(String text, String code) {
        return colour && !code.isEmpty() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
