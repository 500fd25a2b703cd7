package io.weir.gateway.http;

/** Makes text that a client chose safe for a line of a log. */
public final class LogText {
    private static final int MAX_LENGTH = 64;

    private LogText() {}

    /** The text in printable ASCII, 64 characters at the most. */
    public static String escape(String text) {
        return escape(text, MAX_LENGTH);
    }

    /** The text in printable ASCII, so many characters at the most. */
    public static String escape(String text, int maxLength) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < Math.min(text.length(), maxLength); i++) {
            char c = text.charAt(i);
            out.append(c >= ' ' && c < 0x7f ? c : '?');
        }
        return text.length() > maxLength ? out.append("...").toString() : out.toString();
    }
}
