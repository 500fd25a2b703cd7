package io.weir.core.queue;

import io.weir.core.Priority;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A message of a script: {@code a1} is the first of tenant {@code a}. Behind it, in this order, where it is not what is
 * usual: {@code /k} its connection, {@code x3} messages of a batch, {@code ~700} bytes, {@code :20} microseconds of
 * cost, {@code *2} weight, {@code ^l} or {@code ^b} for the priority of a list or of background, {@code <500}
 * milliseconds to live.
 */
record Token(
        String name,
        String tenant,
        String connection,
        int messages,
        long bytes,
        long cost,
        int weight,
        Priority priority,
        long ttl) {
    private static final Pattern SYNTAX = Pattern.compile(
            "(([a-z])\\d+)(?:/(\\w))?(?:x(\\d+))?(?:~(\\d+))?(?::(\\d+))?(?:\\*(\\d+))?(?:\\^([clb]))?(?:<(\\d+))?");

    /** The words of a row. */
    static List<String> words(String text) {
        return Pattern.compile(" ")
                .splitAsStream(text)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    static Token of(String text) {
        Matcher parts = SYNTAX.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException(text);
        }
        String connection = parts.group(3);
        return new Token(
                parts.group(1),
                parts.group(2),
                connection == null ? "c" : connection,
                (int) number(parts.group(4), 1),
                number(parts.group(5), 100),
                number(parts.group(6), 10),
                (int) number(parts.group(7), 1),
                priority(parts.group(8)),
                number(parts.group(9), 30_000) * QueueFixture.MS);
    }

    private static Priority priority(@Nullable String letter) {
        if (letter == null) {
            return Priority.CALL;
        }
        return letter.equals("c") ? Priority.CONTROL : letter.equals("l") ? Priority.LIST : Priority.BACKGROUND;
    }

    private static long number(@Nullable String text, long usual) {
        return text == null ? usual : Long.parseLong(text);
    }

    /** An offer of it, which takes part in that queue. */
    Offer offer(QueueFixture scene) {
        Offer offer =
                new Offer(scene.connection(tenant, connection), "echo", messages, bytes, priority, ttl, weight, scene);
        offer.cost = cost;
        return offer;
    }
}
