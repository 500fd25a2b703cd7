package io.weir.config;

import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Hides what may be a secret in texts that are printed: of URLs the user information, the values of the query, and long
 * path segments.
 */
public final class Redaction {
    private static final String HIDDEN = "***";
    private static final Pattern USER_INFORMATION = Pattern.compile("//[^/?#]*@");
    private static final Pattern LONG_SEGMENT = Pattern.compile("(?<=/)[^/?#@]{24,}(?=[/?#]|$)");
    private static final Pattern PARAMETER = Pattern.compile("(?<=[?&])([^=&#]*=|)[^&#]*");

    private Redaction() {}

    /** A URL to be shown. */
    public static String of(URI url) {
        return of(url.toString());
    }

    /**
     * A text that is or should be a URL, to be shown. The names of query parameters stay, and a host of any length; a
     * path segment of 24 characters or more is hidden, since some servers are reached by one that is a key.
     */
    public static String of(String url) {
        int fragment = url.indexOf('#');
        return fragment < 0 ? withoutFragment(url) : withoutFragment(url.substring(0, fragment)) + "#" + HIDDEN;
    }

    private static String withoutFragment(String url) {
        int query = url.indexOf('?');
        String path = query < 0 ? url : url.substring(0, query);
        String shown = USER_INFORMATION.matcher(path).replaceAll("//" + HIDDEN + "@");
        int host = shown.indexOf("//");
        int from = shown.indexOf('/', host < 0 ? 0 : host + 2);
        if (from >= 0) {
            shown = shown.substring(0, from)
                    + LONG_SEGMENT.matcher(shown.substring(from)).replaceAll(HIDDEN);
        }
        return query < 0 ? shown : shown + parameters(url.substring(query));
    }

    private static String parameters(String query) {
        return PARAMETER
                .matcher(query)
                .replaceAll(found -> found.group().isEmpty() ? "" : Matcher.quoteReplacement(found.group(1) + HIDDEN));
    }

    /** A text in one line, without control characters: they are written as their code. */
    public static String printable(String text) {
        StringBuilder out = new StringBuilder();
        text.chars().forEach(each -> {
            if (Character.isISOControl(each)) {
                out.append(String.format("\\u%04x", each));
            } else {
                out.append((char) each);
            }
        });
        return out.toString();
    }

    /** What is named by a setting {@code NAME=VALUE}, without its value. */
    static String name(String setting) {
        int end = 0;
        while (end < setting.length()
                && (Character.isLetterOrDigit(setting.charAt(end)) || "._-/".indexOf(setting.charAt(end)) >= 0)) {
            end++;
        }
        return setting.substring(0, end);
    }
}
