package io.weir.gateway.ops;

/** Makes text that a client chose safe for a line of a log. */
final class LogText {
    private static final int MAX_LENGTH = 64;

    private LogText() {}

    static String escape(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < Math.min(text.length(), MAX_LENGTH); i++) {
            char c = text.charAt(i);
            out.append(c >= ' ' && c < 0x7f ? c : '?');
        }
        return text.length() > MAX_LENGTH ? out.append("...").toString() : out.toString();
    }
}
