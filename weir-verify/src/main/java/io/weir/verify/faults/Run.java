package io.weir.verify.faults;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.admission.Decision;
import io.weir.core.config.InvalidConfigException;
import io.weir.core.queue.CircuitState;
import io.weir.core.queue.Offer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * One seed: its events one after the other on a subject, and after each the model's opinion. Single-threaded and
 * repeatable.
 */
public final class Run {
    /** Makes what is under test. */
    public interface Maker {
        /** Makes the production core. */
        Maker PRODUCTION = CoreUnderTest::new;

        /** A subject for that run. */
        CoreUnderTest make(Setting setting, Run run, long now);

        /** Whether a run with that setting can show anything. */
        default boolean shows(Setting setting) {
            return true;
        }
    }

    private static final long MILLI = 1_000_000L;
    private static final List<Priority> LIMITED = List.of(Priority.CALL, Priority.LIST, Priority.BACKGROUND);
    private static final int EVENTS = 220;
    private static final Outcome[] OUTCOMES = {
        Outcome.COMPLETED, Outcome.COMPLETED, Outcome.COMPLETED, Outcome.FAILED, Outcome.CANCELLED
    };

    private final Setting setting;
    private final Map<InjectedFault, Long> fired;
    private final Model model;
    private final CoreUnderTest subject;
    private final List<Sent> rejected = new ArrayList<>();
    private long now = 1_000 * MILLI;
    private boolean closed;
    private String doing = "";

    private Run(Setting setting, Maker maker, Map<InjectedFault, Long> fired) {
        this.setting = setting;
        this.fired = fired;
        this.model = new Model(setting);
        this.subject = maker.make(setting, this, now);
    }

    /**
     * Runs one seed.
     *
     * @param fired counts the faults that happened
     * @throws AssertionError if a rule did not hold; the message has the seed and the shortest sequence of events that
     *     shows it
     */
    public static void seed(long seed, Maker maker, Map<InjectedFault, Long> fired) {
        Setting setting = Setting.draw(seed, EVENTS);
        if (!maker.shows(setting)) {
            return;
        }
        String violation = violation(setting, seed, maker, fired);
        if (violation != null) {
            Setting shortest = Shrinker.shrink(
                    setting, shorter -> violation(shorter, seed, maker, new EnumMap<>(InjectedFault.class)) != null);
            throw new AssertionError("seed " + seed + ": " + violation + "\nwith "
                    + shortest.events().size() + " of " + EVENTS + " events: "
                    + violation(shortest, seed, maker, new EnumMap<>(InjectedFault.class)) + "\n" + shortest);
        }
    }

    private static @org.jspecify.annotations.Nullable String violation(
            Setting setting, long seed, Maker maker, Map<InjectedFault, Long> fired) {
        Run run = new Run(setting, maker, fired);
        try {
            run.all(seed);
            return null;
        } catch (Model.Violation | IllegalStateException | NullPointerException e) {
            return "at " + run.doing + ": " + e;
        }
    }

    private void fire(InjectedFault fault) {
        fired.merge(fault, 1L, Long::sum);
    }

    void circuitMoved(String upstream, CircuitState state) {
        if (state == CircuitState.OPEN) {
            fire(InjectedFault.CIRCUIT_OPENS);
        }
    }

    private void all(long seed) {
        noteLimits();
        for (int i = 0; i < setting.events().size(); i++) {
            Event event = setting.events().get(i);
            doing = i + " " + event;
            now += event.d() % 5 == 0 ? 0 : event.d() * 7L;
            carryOut(event);
            settle();
        }
        if (seed % 3 == 0) {
            close();
        }
        drain();
    }

    private void noteLimits() {
        int limit = setting.config().queueLimits().maxMessages();
        if (limit <= 1) {
            fire(limit == 0 ? InjectedFault.LIMIT_OF_ZERO : InjectedFault.LIMIT_OF_ONE);
        } else if (limit == (1 << 24) - 1) {
            fire(InjectedFault.LIMIT_OF_THE_MAXIMUM);
        }
    }

    /** What the executor did not take fails at once, and the model must agree with everything. */
    private void settle() {
        while (!rejected.isEmpty()) {
            Sent first = rejected.remove(0);
            if (first.state == Sent.State.IN_FLIGHT) {
                finish(first, Outcome.FAILED);
            }
        }
        model.compare(subject.admission, subject.queue.stats(now), now);
    }

    private void carryOut(Event event) {
        switch (event.kind()) {
            case OFFER -> offer(event);
            case FINISH -> finish(event);
            case FINISH_AGAIN -> finishAgain(event);
            case CANCEL -> cancel(event);
            case CANCEL_IN_FLIGHT -> cancelInFlight(event);
            case ABANDON -> abandon(event);
            case STOP_ABANDONED ->
                pick(model.all(Sent.State.ABANDONED), event.a(), each -> {
                    fire(InjectedFault.ABANDONED_CALL_ENDS);
                    finish(each, OUTCOMES[event.b() % OUTCOMES.length]);
                });
            case HANG ->
                pick(model.all(Sent.State.IN_FLIGHT), event.a(), each -> {
                    each.hangs = true;
                    fire(InjectedFault.UPSTREAM_NEVER_ENDS);
                });
            case TICK -> {
                now += event.a() % 3 == 0 ? 1 : event.a() * 30L;
                tick();
            }
            case TICK_TO_A_DEADLINE ->
                pick(model.all(Sent.State.QUEUED), event.a(), each -> {
                    now = Math.max(now, each.deadline());
                    fire(InjectedFault.DEADLINE_TIE);
                    tick();
                });
            case JUMP -> {
                now += (10_000 + event.a() % 3_600_000) * MILLI;
                fire(InjectedFault.CLOCK_JUMPS_FORWARD);
            }
            case STEP_BACK -> {
                fire(InjectedFault.CLOCK_STEPS_BACK);
                tick();
                subject.queue.tick(now - event.a() * MILLI);
            }
            case RESET -> reset(event);
            case UPDATE -> update(event);
            case INVALID_UPDATE -> invalidUpdate();
            case CLEAN_UP -> {
                fire(InjectedFault.CLEAN_UP);
                subject.admission.cleanUp(now);
            }
        }
    }

    private interface Use {
        void of(Sent sent);
    }

    private static void pick(List<Sent> candidates, int index, Use use) {
        if (!candidates.isEmpty()) {
            use.of(candidates.get(index % candidates.size()));
        }
    }

    private void offer(Event event) {
        boolean uniform = setting.uniform();
        int batch = event.c() % 7 == 0 ? 1 + event.c() % setting.longestBatch() : 1;
        Sent sent = new Sent(
                model.sent.size(),
                "t" + event.a() % setting.tenants(),
                "c" + event.a() / 16 % setting.connectionsEach(),
                batch,
                (event.b() % 50) * (long) batch,
                uniform ? Priority.CALL : LIMITED.get(event.b() / 64 % LIMITED.size()),
                event.c() % 5 == 0 ? 1 + event.c() : (1 + event.c() % 3_000) * MILLI,
                uniform ? 1 : 1 << event.c() % 3,
                uniform ? "work " + model.sent.size() : "work",
                event.c() % 23 == 0,
                event.c() % 29 == 0);
        sent.offer = subject.make(sent, new Told(sent), now);
        sent.enteredAt = now;
        sent.state = Sent.State.QUEUED;
        model.sent.add(sent);
        Decision decision = subject.offer(sent, now);
        if (decision != Decision.QUEUED) {
            Model.require(sent.state == Sent.State.QUEUED, decision + ", and the handler was called");
            sent.state = decision == Decision.DISPATCHED ? Sent.State.IN_FLIGHT : Sent.State.OVER;
        }
        model.decided(sent, decision, closed, now);
    }

    /** The handler of one message, which knows whose it is. */
    private final class Told implements Offer.Handler {
        private final Sent sent;

        Told(Sent sent) {
            this.sent = sent;
        }

        @Override
        public void dispatched(Offer offer, long at) {
            Model.require(offer == sent.offer, "number " + sent.number + " was told of another's turn");
            model.dispatched(sent, now);
            sent.state = Sent.State.IN_FLIGHT;
            if (sent.messages > subject.queue.stats(now).capacity()) {
                fire(InjectedFault.BATCH_LARGER_THAN_THE_CAPACITY);
            }
            if (sent.executorRejects) {
                fire(InjectedFault.EXECUTOR_REJECTS);
                rejected.add(sent);
            }
            fail();
        }

        @Override
        public void removed(Offer offer, Outcome outcome, long at) {
            Model.require(offer == sent.offer, "number " + sent.number + " was told of another's end");
            Model.require(sent.state == Sent.State.QUEUED, "abandoned while " + sent.state);
            Model.require(outcome != Outcome.EXPIRED || now >= sent.deadline(), "expired before its time");
            sent.state = Sent.State.OVER;
            fail();
        }

        private void fail() {
            if (sent.handlerThrows) {
                fire(InjectedFault.HANDLER_THROWS);
                throw new UnsupportedOperationException("as planned");
            }
        }
    }

    private void finish(Event event) {
        List<Sent> running = model.all(Sent.State.IN_FLIGHT).stream()
                .filter(each -> !each.hangs)
                .toList();
        pick(running, event.a(), each -> finish(each, OUTCOMES[event.b() % OUTCOMES.length]));
    }

    private void finish(Sent each, Outcome outcome) {
        if (outcome == Outcome.FAILED) {
            fire(InjectedFault.UPSTREAM_FAILS);
        }
        if (each.cancelled) {
            fire(InjectedFault.CANCEL_RACES_COMPLETION);
        }
        each.state = Sent.State.OVER;
        Model.require(subject.finish(each, outcome, now), "number " + each.number + " could not be finished");
    }

    private void finishAgain(Event event) {
        pick(model.all(Sent.State.OVER), event.a(), each -> {
            fire(each.cancelled ? InjectedFault.LATE_COMPLETION_OF_A_CANCELLED : InjectedFault.DUPLICATE_COMPLETION);
            Model.require(!subject.finish(each, Outcome.COMPLETED, now), "number " + each.number + " ended twice");
        });
    }

    private void cancel(Event event) {
        pick(model.all(Sent.State.QUEUED), event.a(), each -> {
            fire(InjectedFault.CANCEL_WHILE_QUEUED);
            each.state = Sent.State.OVER;
            each.cancelled = true;
            Model.require(subject.cancel(each, now), "number " + each.number + " could not be cancelled");
        });
    }

    private void cancelInFlight(Event event) {
        pick(model.all(Sent.State.IN_FLIGHT), event.a(), each -> {
            each.cancelled = true;
            Model.require(!subject.cancel(each, now), "number " + each.number + " was cancelled in flight");
        });
    }

    private void abandon(Event event) {
        pick(model.all(Sent.State.IN_FLIGHT), event.a(), each -> {
            fire(InjectedFault.CALL_ABANDONED);
            boolean late = event.b() % 4 == 0;
            // The state first: the slot may be given away before this returns.
            each.state = Sent.State.ABANDONED;
            long held = subject.abandon(each, late ? Outcome.FAILED : Outcome.CANCELLED, now);
            Model.require(held >= 0, "number " + each.number + " could not be abandoned");
            Model.require(subject.abandon(each, Outcome.CANCELLED, now) < 0, "number " + each.number + " twice");
            each.heldUntil = now + held;
            if (held == 0) {
                each.state = Sent.State.OVER;
            }
        });
    }

    /** Holds end when time has passed, and not before. */
    private void freeAbandoned() {
        for (Sent each : model.all(Sent.State.ABANDONED)) {
            if (now >= each.heldUntil) {
                fire(InjectedFault.ABANDONED_SLOT_IS_FREED_BY_TIME);
                each.state = Sent.State.OVER;
            }
        }
    }

    private void tick() {
        freeAbandoned();
        subject.queue.tick(now);
        for (Sent each : model.all(Sent.State.QUEUED)) {
            Model.require(now < each.deadline(), "number " + each.number + " waits beyond its time");
        }
    }

    private void reset(Event event) {
        fire(InjectedFault.CONNECTION_RESET);
        String tenant = "t" + event.a() % setting.tenants();
        String connection = "c" + event.b() % setting.connectionsEach();
        subject.queue.reset(subject.admission.connection(tenant, connection, now), now);
        for (Sent each : model.all(Sent.State.QUEUED)) {
            Model.require(
                    !each.tenant.equals(tenant) || !each.connection.equals(connection),
                    "number " + each.number + " waits after a reset");
        }
    }

    private void update(Event event) {
        SplittableRandom random = new SplittableRandom(event.a());
        int messages = Setting.limit(random);
        long bytes = Setting.bytes(random);
        UnaryOperator<io.weir.core.config.WeirConfigBuilder> first = b -> b.maxMessages(messages);
        UnaryOperator<io.weir.core.config.WeirConfigBuilder> rest = b -> b.maxBytes(bytes);
        fire(InjectedFault.RELOAD);
        if (model.all(Sent.State.IN_FLIGHT).stream().anyMatch(each -> each.messages > messages)) {
            fire(InjectedFault.RELOAD_LOWERS_A_LIMIT_BELOW_WHAT_IS_HELD);
        }
        model.configured(rest.apply(first.apply(model.config().toBuilder())).build());
        subject.update(first, rest);
    }

    private void invalidUpdate() {
        fire(InjectedFault.INVALID_RELOAD);
        try {
            subject.admission.update(b -> b.maxMessages(7).maxBytes(-1));
            throw new Model.Violation("an invalid configuration was taken");
        } catch (InvalidConfigException e) {
            Model.require(
                    subject.admission.config().equals(model.config()), "an invalid configuration changed something");
        }
    }

    private void close() {
        doing = "close";
        if (!model.all(Sent.State.QUEUED).isEmpty()) {
            fire(InjectedFault.CLOSE_WHILE_QUEUED);
        }
        subject.admission.close();
        closed = true;
        subject.queue.close(now);
        Model.require(model.all(Sent.State.QUEUED).isEmpty(), "somebody waits after close");
        offer(new Event(Event.Kind.OFFER, 1, 1, 1, 1));
        settle();
    }

    /** No more faults: all must end, in as many steps as there are messages. */
    private void drain() {
        for (int left = model.sent.size() + 2; ; left--) {
            doing = "drain, " + left;
            for (Sent each : model.all(Sent.State.ABANDONED)) {
                finish(each, Outcome.CANCELLED);
            }
            List<Sent> running = model.all(Sent.State.IN_FLIGHT);
            if (running.isEmpty() && model.all(Sent.State.QUEUED).isEmpty()) {
                break;
            }
            Model.require(left > 0, "does not come to rest");
            for (Sent each : running) {
                if (each.state == Sent.State.IN_FLIGHT) {
                    finish(each, Outcome.COMPLETED);
                }
            }
            now += MILLI;
            tick();
            settle();
        }
        Model.require(subject.admission.globalStats().pending().messages() == 0, "something is held at rest");
    }
}
