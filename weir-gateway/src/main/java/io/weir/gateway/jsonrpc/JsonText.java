package io.weir.gateway.jsonrpc;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/** Texts as JSON. */
public final class JsonText {
    private JsonText() {}

    /** The text as a JSON string, with its quotes. */
    public static String quoted(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2).append('"');
        JsonStringEncoder.getInstance().quoteAsString(text, out);
        return out.append('"').toString();
    }
}
