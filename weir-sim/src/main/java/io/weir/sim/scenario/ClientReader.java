package io.weir.sim.scenario;

import io.weir.core.Priority;
import io.weir.core.config.InvalidConfigException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns the keys of one group of clients into a {@link ClientGroup}. */
final class ClientReader {
    /** As the gateway's. */
    private static final long DEFAULT_DEADLINE = 30_000_000_000L;

    private static final int MAX_CONNECTIONS = 1_000_000;
    private static final int MAX_BATCH = 1000;
    private static final int MAX_WEIGHT = 10_000;
    private static final long MAX_MESSAGE = 1L << 31;

    private final String name;
    private final Section keys;

    ClientReader(String name, Section keys) {
        this.name = name;
        this.keys = keys;
    }

    private ClientGroup.@Nullable ClosedLoop loop(Arrivals arrivals) {
        if (arrivals != Arrivals.CLOSED) {
            return null;
        }
        int workers = (int) keys.whole("workers", 1, 1, MAX_CONNECTIONS);
        ServiceTime think = keys.read("think", ServiceTime.constant(1), Quantities::service);
        Section giveUp = keys.section("give_up");
        long patience = Long.MAX_VALUE;
        boolean cancels = true;
        if (giveUp != null) {
            patience = giveUp.duration("after", Long.MAX_VALUE);
            cancels = giveUp.flag("cancel", true);
            giveUp.done();
        }
        return new ClientGroup.ClosedLoop(workers, think, patience, cancels);
    }

    ClientGroup read() {
        if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
            keys.problem("", "the name of clients is made of letters, digits, '-', '_' and '.'");
        }
        int connections = (int) keys.whole("connections", 1, 1, MAX_CONNECTIONS);
        int tenants = (int) keys.whole("tenants", 1, 1, MAX_CONNECTIONS);
        if (tenants > connections) {
            keys.problem("tenants", "must not be more than there are connections");
        }
        long deadline = keys.duration("deadline", DEFAULT_DEADLINE);
        if (deadline < 1) {
            keys.problem("deadline", "must be longer than 0");
        }
        Section cancel = keys.section("cancel");
        int cancelled = 0;
        long cancelAfter = 0;
        if (cancel != null) {
            cancelled = cancel.read("share", 0, Quantities::share);
            cancelAfter = cancel.duration("after", 0);
            cancel.done();
        }
        Arrivals arrivals = keys.choice("arrivals", Arrivals.POISSON);
        ClientGroup group = new ClientGroup(
                name,
                keys.text("tenant", name),
                Math.min(tenants, connections),
                connections,
                arrivals,
                phases(arrivals),
                (int) keys.whole("burst", 1, 1, MAX_CONNECTIONS),
                keys.whole("max_messages", Long.MAX_VALUE, 1, Long.MAX_VALUE),
                (int) keys.whole("messages", 1, 1, MAX_BATCH),
                size(),
                keys.text("work", "tools/call"),
                keys.read("priority", Priority.CALL, ClientReader::priority),
                deadline,
                (int) keys.whole("weight", 1, 1, MAX_WEIGHT),
                (int) keys.whole("retries", 0, 0, MAX_BATCH),
                cancelled,
                cancelAfter,
                keys.duration("disconnect_every", Long.MAX_VALUE),
                loop(arrivals));
        keys.done();
        return group;
    }

    private long size() {
        long bytes = keys.read("size", 300L, Quantities::bytes);
        if (bytes > MAX_MESSAGE) {
            keys.problem("size", "must be " + MAX_MESSAGE + " bytes at the most");
        }
        return bytes;
    }

    private static Priority priority(String key, String text) {
        return Priority.ofKey(text)
                .filter(found -> found != Priority.CONTROL)
                .orElseThrow(() ->
                        new InvalidConfigException(key, "must be call, list or background, but is '" + text + "'"));
    }

    private List<Phase> phases(Arrivals arrivals) {
        if (arrivals == Arrivals.CLOSED) {
            return List.of();
        }
        List<Phase> phases = new ArrayList<>();
        for (Section item : keys.list("phases")) {
            phases.add(new Phase(item.duration("at", 0), item.read("rate", 0L, Quantities::rate)));
            item.done();
        }
        if (keys.has("rate")) {
            phases.add(new Phase(0, keys.read("rate", 0L, Quantities::rate)));
        }
        if (phases.isEmpty()) {
            keys.problem("", "needs a rate, such as 100/s, or phases with one each");
        }
        phases.sort(Comparator.comparingLong(Phase::at));
        return phases;
    }
}
