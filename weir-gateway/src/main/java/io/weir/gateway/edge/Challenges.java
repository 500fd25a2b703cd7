package io.weir.gateway.edge;

import io.vertx.core.MultiMap;
import io.weir.config.JwtConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The challenges with which a protected server answers (RFC 9110, section 11.6.1): their {@code resource_metadata} (RFC
 * 9728, section 5.1) names a URL of the server, which a client of the gateway can mostly not reach, and whose metadata
 * is not about the URL that it uses.
 */
final class Challenges {
    private static final String AUTHENTICATE = "WWW-Authenticate";
    private static final String PARAMETER = "resource_metadata";

    private Challenges() {}

    /**
     * The gateway's own challenge (RFC 6750, section 3; RFC 9728, section 5.1).
     *
     * @param tokens which it accepts; where it accepts keys alone, there is nothing to be had for a client
     * @param metadataUrl where a client finds out how to get one; null if that is not known
     */
    static String bearer(Optional<JwtConfig> tokens, @Nullable String metadataUrl, Identification.Identity refused) {
        StringBuilder challenge = new StringBuilder("Bearer realm=\"weir\"");
        if (tokens.isPresent()) {
            if (metadataUrl != null) {
                parameter(challenge, PARAMETER, metadataUrl);
            }
            if (!refused.error().isEmpty()) {
                parameter(challenge, "error", refused.error());
                parameter(challenge, "error_description", refused.message());
            }
            if (!tokens.get().scopes().isEmpty()) {
                parameter(challenge, "scope", String.join(" ", tokens.get().scopes()));
            }
        }
        return challenge.toString();
    }

    private static void parameter(StringBuilder challenge, String name, String value) {
        challenge
                .append(", ")
                .append(name)
                .append("=\"")
                .append(value.replaceAll("[\"\\\\]", ""))
                .append('"');
    }

    /** Lets the challenges of an answer name another URL; nothing else of them changes. */
    static void redirect(MultiMap answer, Supplier<@Nullable String> url) {
        List<String> challenges = answer.getAll(AUTHENTICATE);
        if (challenges.stream().noneMatch(each -> find(each, 0) >= 0)) {
            return;
        }
        String to = url.get();
        if (to == null) {
            return;
        }
        List<String> changed = new ArrayList<>();
        challenges.forEach(each -> changed.add(redirect(each, to)));
        answer.set(AUTHENTICATE, changed);
    }

    static String redirect(String challenge, String url) {
        StringBuilder out = new StringBuilder();
        int from = 0;
        for (int value = find(challenge, 0); value >= 0; value = find(challenge, from)) {
            out.append(challenge, from, value).append('"').append(url).append('"');
            from = endOfValue(challenge, value);
        }
        return out.append(challenge, from, challenge.length()).toString();
    }

    /**
     * Where the value of the next parameter of that name begins; -1 if there is none. What a quoted text holds is no
     * parameter.
     */
    private static int find(String text, int from) {
        boolean begins = true;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                i = endOfQuoted(text, i) - 1;
                begins = false;
            } else if (begins && text.regionMatches(true, i, PARAMETER, 0, PARAMETER.length())) {
                int equals = skipSpace(text, i + PARAMETER.length());
                if (equals < text.length() && text.charAt(equals) == '=') {
                    return skipSpace(text, equals + 1);
                }
                begins = false;
            } else {
                begins = c == ' ' || c == '\t' || c == ',';
            }
        }
        return -1;
    }

    private static int skipSpace(String text, int from) {
        int at = from;
        while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
            at++;
        }
        return at;
    }

    private static int endOfValue(String text, int from) {
        if (from < text.length() && text.charAt(from) == '"') {
            return endOfQuoted(text, from);
        }
        int at = from;
        while (at < text.length() && " \t,".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return at;
    }

    /** Behind the quote that ends what begins there, or the end of a text without one. */
    private static int endOfQuoted(String text, int from) {
        int at = from + 1;
        while (at < text.length() && text.charAt(at) != '"') {
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        return Math.min(at + 1, text.length());
    }
}
