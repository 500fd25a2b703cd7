package io.weir.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the key or name that was probably meant (by prefix, abbreviation and Levenshtein distance). */
public final class Suggestions {
    private Suggestions() {}

    /**
     * The candidate that was probably meant: one that begins like the word, else the nearest, unless even that is far
     * off.
     */
    public static Optional<String> to(String word, Collection<String> candidates) {
        Optional<String> longer = candidates.stream()
                .filter(candidate ->
                        !word.isEmpty() && (candidate.startsWith(word + "_") || word.startsWith(candidate + "_")))
                .min(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
        return longer.or(() -> candidates.stream()
                .filter(candidate -> distance(word, candidate) <= Math.max(2, candidate.length() / 2))
                .min(Comparator.comparing((String candidate) -> !abbreviates(word, candidate))
                        .thenComparing(candidate -> distance(word, candidate))
                        .thenComparing(Comparator.naturalOrder())));
    }

    /** What was probably meant, in brackets, or all that there is. */
    public static String hint(String word, Collection<String> candidates) {
        return to(word, candidates)
                .map(found -> " (did you mean " + found + "?)")
                .orElse("; there are " + String.join(", ", candidates));
    }

    /** What is wrong with a key that is none of those. */
    public static String unknownKey(String key, Collection<String> keys) {
        return "unknown key" + hint(key, keys);
    }

    /** What is wrong with a key that a section of {@link Keys} does not have. */
    static String unknownKey(String section, String key) {
        String other = Keys.sectionOf(key);
        return other == null ? unknownKey(key, Keys.names(section)) : "belongs to section " + other;
    }

    /** Whether the candidate has all letters of the word in their order: {@code msgs} for {@code messages}. */
    private static boolean abbreviates(String word, String candidate) {
        int matched = 0;
        for (int i = 0; i < candidate.length() && matched < word.length(); i++) {
            matched += candidate.charAt(i) == word.charAt(matched) ? 1 : 0;
        }
        return matched == word.length();
    }

    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
