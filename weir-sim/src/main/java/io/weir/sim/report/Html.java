package io.weir.sim.report;

import java.util.Locale;

/**
 * Text in HTML. Whatever it is made of, it stays text: it ends neither the element nor the attribute that it stands in,
 * it does not change the order of what is around it, and characters that cannot be seen are written as escapes.
 */
final class Html {
    private static final int MAX_NAME = 100;
    private static final int HEAD = 70;
    private static final int TAIL = 20;
    private static final int LAST_OF_PLANE = 0xfffe;

    private Html() {}

    /** Text of one line, whole. */
    static String text(String text) {
        return escape(text, false);
    }

    /** Text of several lines, whole, for an element that keeps them. */
    static String lines(String text) {
        return escape(text, true);
    }

    /** A name that somebody else has chosen. The middle of a long one is left out, and its length given. */
    static String name(String name) {
        return escape(shortened(name), false);
    }

    /** As {@link #name}, but for text that is not HTML. */
    static String plainName(String name) {
        StringBuilder out = new StringBuilder();
        shortened(name).codePoints().forEach(c -> visible(out, c));
        return out.toString();
    }

    /** Text on a terminal: characters that cannot be seen are escapes. */
    static String plain(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(c -> visible(out, c));
        return out.toString();
    }

    private static String shortened(String name) {
        int length = name.codePointCount(0, name.length());
        if (length <= MAX_NAME) {
            return name;
        }
        return name.substring(0, name.offsetByCodePoints(0, HEAD)) + "\u2026"
                + name.substring(name.offsetByCodePoints(name.length(), -TAIL))
                + String.format(Locale.ROOT, " (%,d characters)", length);
    }

    private static String escape(String text, boolean keepLines) {
        StringBuilder out = new StringBuilder(text.length() + text.length() / 8);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                case '\n', '\t' -> {
                    if (keepLines) {
                        out.appendCodePoint(c);
                    } else {
                        visible(out, c);
                    }
                }
                case '\r' -> {
                    if (!keepLines) {
                        visible(out, c);
                    }
                }
                default -> visible(out, c);
            }
        });
        return out.toString();
    }

    private static void visible(StringBuilder out, int c) {
        if (isUnseen(c)) {
            out.append(String.format(Locale.ROOT, c > Character.MAX_VALUE ? "\\u{%x}" : "\\u%04x", c));
        } else {
            out.appendCodePoint(c);
        }
    }

    private static boolean isUnseen(int c) {
        boolean control = Character.isISOControl(c) || c == 0xfeff || in(c, 0x2028, 0x2029);
        boolean direction = c == 0x061c || in(c, 0x200e, 0x200f) || in(c, 0x202a, 0x202e) || in(c, 0x2066, 0x2069);
        boolean none = in(c, 0xd800, 0xdfff) || in(c, 0xfdd0, 0xfdef) || (c & LAST_OF_PLANE) == LAST_OF_PLANE;
        return control || direction || none;
    }

    private static boolean in(int c, int first, int last) {
        return c >= first && c <= last;
    }
}
