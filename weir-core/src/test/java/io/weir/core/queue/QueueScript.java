package io.weir.core.queue;

import io.weir.core.Conservation;
import io.weir.core.Outcome;
import io.weir.core.Reason;
import io.weir.core.Scope;
import io.weir.core.config.BackpressureAction;
import io.weir.core.config.WeirConfigBuilder;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Plays a script on a queue and says what became of each message. {@code a1} offers a message, as {@link Token} says;
 * {@code -a1} finishes it, {@code #a1} cancels it, {@code +25ms} and {@code +1ns} let time pass and tick, {@code @25ms}
 * lets it pass without, {@code reset:a/c} resets a connection, and {@code close} closes.
 */
final class QueueScript {
    final QueueFixture scene;
    private final Map<String, Offer> offers = new LinkedHashMap<>();

    /** @param settings limits, such as {@code messages=3 tenant_bytes=500}; a rate is its burst as well */
    QueueScript(int capacity, BackpressureAction action, String settings) {
        scene = new QueueFixture(
                QueuePolicy.DEFAULT.withCapacity(Capacity.fixed(capacity)),
                builder -> set(builder.backpressureAction(action), settings));
    }

    private static WeirConfigBuilder set(WeirConfigBuilder builder, String settings) {
        for (String each : Token.words(settings)) {
            int value = Integer.parseInt(each.substring(each.indexOf('=') + 1));
            switch (each.substring(0, each.indexOf('='))) {
                case "messages" -> builder.maxMessages(value);
                case "bytes" -> builder.maxBytes(value);
                case "rate" -> builder.maxMessagesPerSec(value).burstMultiplier(BigDecimal.ONE);
                case "tenant" -> builder.enableTenantLimits(true).tenantMaxMessages(value);
                case "tenant_bytes" -> builder.enableTenantLimits(true).tenantMaxBytes(value);
                case "tenant_rate" ->
                    builder.enableTenantLimits(true)
                            .tenantMaxMessagesPerSec(value)
                            .burstMultiplier(BigDecimal.ONE);
                case "process" -> builder.globalMaxMessages(value);
                case "process_bytes" -> builder.globalMaxBytes(value);
                default -> throw new IllegalArgumentException(each);
            }
        }
        return builder;
    }

    QueueScript play(String script) {
        for (String each : Token.words(script)) {
            step(each);
            Conservation.assertHolds(scene.admission.globalStats().flow(), each);
        }
        return this;
    }

    private void step(String each) {
        String rest = each.substring(1);
        switch (each.charAt(0)) {
            case '-' -> scene.queue.finish(named(rest), Outcome.COMPLETED, scene.now);
            case '#' -> scene.queue.cancel(named(rest), scene.now);
            case '@' -> scene.now += nanos(rest);
            case '+' -> {
                scene.now += nanos(rest);
                scene.queue.tick(scene.now);
            }
            default -> {
                if (each.equals("close")) {
                    scene.admission.close();
                    scene.queue.close(scene.now);
                } else if (each.startsWith("reset:")) {
                    scene.queue.reset(scene.connection(each.substring(6, 7), each.substring(8)), scene.now);
                } else {
                    Token token = Token.of(each);
                    Offer offer = token.offer(scene);
                    offers.put(token.name(), offer);
                    scene.offer(offer);
                }
            }
        }
    }

    private static long nanos(String text) {
        long number = Long.parseLong(text.substring(0, text.length() - 2));
        return text.endsWith("ns") ? number : number * QueueFixture.MS;
    }

    private Offer named(String name) {
        return Objects.requireNonNull(offers.get(name), name);
    }

    /**
     * What became of them: {@code flight}, {@code queued}, {@code over}, or the reason, with its scope where that is
     * not usual.
     */
    String became() {
        Map<String, List<String>> names = new LinkedHashMap<>();
        offers.forEach((name, offer) ->
                names.computeIfAbsent(became(offer), state -> new ArrayList<>()).add(name));
        return names.entrySet().stream()
                .map(each -> String.join(" ", each.getValue()) + " " + each.getKey())
                .collect(Collectors.joining(", "));
    }

    private static String became(Offer offer) {
        if (offer.isInFlight() || offer.isQueued()) {
            return offer.isQueued() ? "queued" : "flight";
        }
        Reason reason = offer.reason();
        if (reason == null) {
            return "over";
        }
        Scope scope = Objects.requireNonNull(offer.scope());
        return reason.key() + (scope == reason.scope() ? "" : "(" + scope.key() + ")");
    }

    /** The names of those that were dispatched from the queue, in that order; {@code -} if none was. */
    String dispatched() {
        return scene.dispatched.stream()
                .map(offer -> offers.entrySet().stream()
                        .filter(each -> each.getValue() == offer)
                        .findFirst()
                        .orElseThrow()
                        .getKey())
                .collect(Collectors.collectingAndThen(Collectors.joining(" "), all -> all.isEmpty() ? "-" : all));
    }
}
