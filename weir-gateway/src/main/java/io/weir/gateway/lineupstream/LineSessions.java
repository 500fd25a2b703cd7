package io.weir.gateway.lineupstream;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.config.ChildPolicy;
import io.weir.config.LineTransport;
import io.weir.gateway.child.ChildBudget;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.line.LineMemory;
import io.weir.gateway.line.LineServerException;
import io.weir.gateway.session.Client;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sessions of one stdio upstream, and its children within their budget. Thread-safe. */
final class LineSessions {
    private static final Logger LOG = LoggerFactory.getLogger("weir.child");

    /** More requests than this do not wait for a child. */
    private static final int MAX_WAITING = 256;

    /**
     * How long a session is idle before its child may be given to another: less if nothing came in it after it was
     * opened.
     */
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final long UNUSED_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final long FIRST_BACK_OFF = TimeUnit.SECONDS.toNanos(1);
    private static final long MAX_BACK_OFF = TimeUnit.SECONDS.toNanos(60);

    /** A child that lived for so long has started well: the next back-off is the first. */
    private static final long STABLE_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** How long the system may take to end a child that gets SIGKILL. */
    private static final long KILL_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** The address that a child of several sessions is counted by: none. */
    static final String SEVERAL = "";

    private final String upstream;
    private final LineTransport transport;
    private final ScheduledExecutorService scheduler;
    private final MemoryBudget memory;
    private final LineMemory lines;
    private final ChildBudget budget;
    private final RestartLog restarts;
    private final Map<String, Open> sessions = new ConcurrentHashMap<>();
    private final Set<Conversation> conversations = ConcurrentHashMap.newKeySet();
    private final AtomicInteger waiting = new AtomicInteger();

    /** Of those, how many each address has: where addresses have a limit, none takes the places of all others. */
    private final Map<String, Integer> waitingOf = new ConcurrentHashMap<>();

    private volatile boolean closed;

    /** Children that serve several clients, by what those have in common. */
    @GuardedBy("this")
    private final Map<String, SharedServer> shared = new HashMap<>();

    @GuardedBy("this")
    private final Map<String, BackOff> backOffs = new HashMap<>();

    private final LongAdder evicted = new LongAdder();

    /** A session and the conversation that it is part of. */
    record Open(LineSession session, Conversation conversation) {}

    /**
     * Until when nothing is started, how long that is, for which start in a row, and what the child before has failed
     * with: nothing once the next one is started.
     */
    private record BackOff(long until, long nanos, int attempt, Optional<RestartLog.Failure> failure) {
        BackOff started() {
            return new BackOff(until, nanos, attempt, Optional.empty());
        }
    }

    /**
     * No sessions yet.
     *
     * @param scheduler for what is due later; it does nothing that takes long
     * @param memory for what sessions keep, of all upstreams together
     * @param lines for long lines, of all upstreams together
     */
    LineSessions(
            String upstream,
            LineTransport transport,
            ScheduledExecutorService scheduler,
            MemoryBudget memory,
            LineMemory lines) {
        this.memory = memory;
        this.lines = lines;
        this.upstream = upstream;
        this.transport = transport;
        this.scheduler = scheduler;
        this.budget = new ChildBudget(transport.policy());
        this.restarts = new RestartLog(upstream, System.nanoTime());
    }

    ChildPolicy policy() {
        return transport.policy();
    }

    /** The session of that id; null if there is none, or its child is gone. */
    @Nullable
    Open find(@Nullable String id, long now) {
        Open open = id == null ? null : sessions.get(id);
        if (open != null && open.conversation.hasFailed()) {
            sessions.remove(open.session.id(), open);
            return null;
        }
        return open == null || isTooOld(open.conversation, now) ? null : open;
    }

    /** Whether it gets no more requests, and is stopped when it has answered those that it has. */
    private boolean isTooOld(Conversation conversation, long now) {
        return conversation.ageNanos(now) > policy().maxAge().toNanos();
    }

    /** Whether that session was opened and has not ended. */
    boolean isOpen(String id) {
        return sessions.containsKey(id);
    }

    /** A session that {@link #open} opens. */
    LineSession make(Client client, long now) {
        return new LineSession(UUID.randomUUID().toString(), client, memory, now);
    }

    void open(LineSession session, Conversation conversation) {
        sessions.put(session.id(), new Open(session, conversation));
    }

    /** Ends a session: its child too, unless others use that; false if there is none of that id. */
    boolean end(@Nullable String id, long now) {
        Open open = id == null ? null : sessions.remove(id);
        if (open == null) {
            return false;
        }
        end(open, now);
        return true;
    }

    private void end(Open open, long now) {
        open.conversation.detach(open.session, now);
        LineServerException why = new LineServerException(LineServerException.Problem.STOPPED, "its session has ended");
        open.session.closeAll().forEach(stream -> stream.failed(why));
        if (!policy().shared()) {
            open.conversation.stop();
        }
    }

    /**
     * Makes a server of a session's own.
     *
     * @return nothing if there may be none now
     */
    Optional<Conversation> startOwn(Client client, LineServers servers, long now) {
        ChildBudget.Answer answer = take(client.tenant(), client.address(), now);
        return answer == ChildBudget.Answer.GRANTED
                ? Optional.of(make(client.tenant(), client.address(), servers, false, now))
                : Optional.empty();
    }

    private ChildBudget.Answer take(String tenant, String address, long now) {
        ChildBudget.Answer answer = closed ? ChildBudget.Answer.FULL : budget.take(tenant, address, now);
        switch (answer) {
            case FULL -> makeRoom(session -> true, now);
            case TENANT_FULL -> makeRoom(session -> session.tenant().equals(tenant), now);
            case ADDRESS_FULL -> makeRoom(session -> session.address().equals(address), now);
            default -> {
                // There is room, or the next start is soon.
            }
        }
        return answer;
    }

    private Conversation make(String tenant, String address, LineServers servers, boolean ofSeveral, long now) {
        Conversation[] made = new Conversation[1];
        Conversation conversation = new Conversation(upstream, servers, lines, ofSeveral, now, () -> {
            conversations.remove(made[0]);
            budget.giveBack(tenant, address);
        });
        made[0] = conversation;
        conversations.add(conversation);
        return conversation;
    }

    /** Ends a session that is idle, if no child is on its way out for each request that waits. */
    private void makeRoom(Predicate<LineSession> of, long now) {
        long leaving = conversations.stream().filter(Conversation::hasFailed).count();
        if (leaving >= waiting.get()) {
            return;
        }
        sessions.values().stream()
                .filter(open -> of.test(open.session))
                .filter(open -> isEvictable(open, now))
                .min(Comparator.<Open>comparingInt(open -> -budget.count(open.session.tenant()))
                        .thenComparing(open -> open.session.isUsed())
                        .thenComparingLong(open -> -open.session.idleNanos(now)))
                .filter(open -> policy().shared() || open.conversation.stopIfQuiet())
                .ifPresent(open -> {
                    evicted.increment();
                    LOG.info(
                            "upstream '{}': an idle session of tenant '{}' is ended to make room for another",
                            upstream,
                            open.session.tenant());
                    end(open.session.id(), now);
                });
    }

    private static boolean isEvictable(Open open, long now) {
        long least = open.session.isUsed() ? IDLE_NANOS : UNUSED_NANOS;
        return open.session.isIdle() && open.conversation.isQuiet() && open.session.idleNanos(now) >= least;
    }

    /**
     * The server of all clients that have that in common; it is started if there is none. It is reserved for the caller
     * ({@link Conversation#reserve}).
     *
     * @param key a tenant, or empty for all
     * @param deadline until when the caller waits for the pause after a failure; {@code now} if it does not wait
     * @return nothing if there may be no more now, or the pause ends before the deadline
     * @throws LineServerException if the pause ends after the deadline
     */
    synchronized Optional<SharedServer> shared(String key, LineServers servers, long now, long deadline)
            throws LineServerException {
        SharedServer child = shared.get(key);
        if (child != null
                && !isTooOld(child.conversation(), now)
                && child.conversation().reserve(now)) {
            return Optional.of(child);
        }
        if (child != null) {
            shared.remove(key);
            if (child.conversation().hasFailed()) {
                noteEnd(key, child.conversation());
            }
        }
        BackOff pause = backOffs.get(key);
        if (pause != null && now - pause.until < 0) {
            if (pause.until - deadline <= 0) {
                return Optional.empty();
            }
            long millis = TimeUnit.NANOSECONDS.toMillis(pause.until - now) + 1;
            throw new LineServerException(
                    LineServerException.Problem.BACK_OFF, "the next start is in " + millis + " ms");
        }
        ChildBudget.Answer answer = take(key, SEVERAL, now);
        if (answer != ChildBudget.Answer.GRANTED) {
            return Optional.empty();
        }
        SharedServer made = new SharedServer(make(key, SEVERAL, servers, true, now));
        shared.put(key, made);
        made.conversation().reserve(now);
        if (pause != null) {
            pause.failure().ifPresent(failure -> restarts.restarted(key, failure, pause.attempt(), pause.nanos(), now));
            backOffs.put(key, pause.started());
        }
        made.start(now);
        limitStart(made.conversation(), made::isReady);
        return Optional.of(made);
    }

    @GuardedBy("this")
    private void noteEnd(String key, Conversation ended) {
        LineServerException why = ended.failure();
        if (!transport.isStarted()) {
            // To connect again costs little, and a server that fails again and again opens the circuit.
            return;
        }
        if (why == null || why.problem() == LineServerException.Problem.STOPPED) {
            backOffs.remove(key);
            return;
        }
        BackOff last = backOffs.get(key);
        long at = ended.failedAt();
        boolean stable = ended.ageNanos(at) >= STABLE_NANOS;
        BackOff earlier = stable ? null : last;
        long nanos = earlier == null ? FIRST_BACK_OFF : Math.min(MAX_BACK_OFF, 2 * earlier.nanos);
        int attempt = earlier == null ? 1 : earlier.attempt + 1;
        RestartLog.Failure failure = new RestartLog.Failure(why.problem(), ended.ageNanos(at));
        backOffs.put(key, new BackOff(at + nanos, nanos, attempt, Optional.of(failure)));
    }

    /** Kills a child that does not open its session in time. */
    void limitStart(Conversation conversation, BooleanSupplier isOpen) {
        long millis = policy().startTimeout().toMillis();
        if (closed) {
            return;
        }
        var unused = scheduler.schedule(
                () -> {
                    if (!isOpen.getAsBoolean() && !conversation.hasFailed()) {
                        conversation.kill(new LineServerException(
                                LineServerException.Problem.START_TIMEOUT, key("start_timeout_ms") + " is " + millis));
                    }
                },
                millis,
                TimeUnit.MILLISECONDS);
    }

    /** Counts a request that waits for a child; false if too many do, or too many of that address. */
    boolean beginWait(String address) {
        int most = policy().maxPerAddress() < policy().max() ? policy().maxPerAddress() : MAX_WAITING;
        int all = waiting.incrementAndGet();
        int mine = waitingOf.merge(address, 1, Integer::sum);
        if (all > MAX_WAITING || (mine > most && !address.equals(SEVERAL))) {
            endWait(address);
            return false;
        }
        return true;
    }

    void endWait(String address) {
        waiting.decrementAndGet();
        waitingOf.computeIfPresent(address, (name, count) -> count == 1 ? null : count - 1);
    }

    /**
     * Why a request gets no child, which is counted.
     *
     * @param otherwise what is in its way if there may be one more child
     */
    LineServerException noneFree(Client client, boolean ofSeveral, ChildBudget.Answer otherwise) {
        String tenant = client.tenant();
        String address = ofSeveral ? SEVERAL : client.address();
        String message = switch (budget.countRefused(tenant, address, otherwise)) {
            case TENANT_FULL ->
                "tenant '" + tenant + "' has " + budget.count(tenant) + " of " + policy().maxPerTenant() + " ("
                        + key("max_per_tenant") + ")";
            case ADDRESS_FULL ->
                "the sessions of your address have " + budget.countOfAddress(address) + " of "
                        + policy().maxPerAddress() + " (" + key("max_per_address") + ")";
            case FULL -> "all " + policy().max() + " are in use (" + transport.maxKey() + ")";
            case WAITING ->
                ofSeveral
                        ? MAX_WAITING + " requests wait for it to be started already"
                        : MAX_WAITING + " requests wait for one already, or as many of your address as it may have ("
                                + key("max_per_address") + ")";
            default -> "too many are being started (" + key("starts_per_sec") + ")";
        };
        return new LineServerException(
                transport.isStarted()
                        ? LineServerException.Problem.NONE_FREE
                        : LineServerException.Problem.NO_CONNECTION,
                message);
    }

    private String key(String name) {
        return transport.section() + "." + name;
    }

    /** Ends what was idle for too long, is too old, or does not read. */
    void sweep(long now) {
        restarts.writeLeftOut(now);
        for (Conversation each : List.copyOf(conversations)) {
            if (each.hasFailed()) {
                continue;
            }
            if (each.stalledNanos(now) > policy().startTimeout().toNanos()) {
                each.kill(new LineServerException(
                        LineServerException.Problem.INPUT,
                        "for " + policy().startTimeout().toMillis() + " ms (" + key("start_timeout_ms") + ")"));
            } else if (isTooOld(each, now)) {
                each.stopIfQuiet();
            } else {
                each.stopIfIdle(now, policy().idleTimeout().toNanos());
            }
        }
        sessions.values().stream()
                .filter(open -> open.conversation.hasFailed())
                .forEach(open -> sessions.remove(open.session.id(), open));
    }

    /**
     * Ends what has hung: a child that owes a response, writes nothing for the time limit of a request, and does not
     * answer a probe within {@code start_timeout_ms} either.
     *
     * @return why, of those that no request was told of, since all had been given up
     */
    List<LineServerException> endHung(long now, Duration requestTimeout) {
        List<LineServerException> untold = new ArrayList<>(0);
        for (Conversation each : conversations) {
            if (each.hasHung(
                    now, requestTimeout.toNanos(), policy().startTimeout().toNanos())) {
                LineServerException why = new LineServerException(
                        LineServerException.Problem.HUNG,
                        "it wrote nothing for " + requestTimeout.toMillis()
                                + " ms (request_timeout_ms), and did not answer "
                                + each.probe() + " within "
                                + policy().startTimeout().toMillis() + " ms (" + key("start_timeout_ms") + ")");
                boolean quiet = each.isQuiet();
                each.kill(why);
                if (quiet) {
                    untold.add(why);
                }
            }
        }
        return untold;
    }

    /** What there is and was, by name. */
    Map<String, Long> statistics() {
        long full = budget.refused(ChildBudget.Answer.FULL);
        long ofTenant = budget.refused(ChildBudget.Answer.TENANT_FULL);
        long ofAddress = budget.refused(ChildBudget.Answer.ADDRESS_FULL);
        long rate = budget.refused(ChildBudget.Answer.RATE);
        long waits = budget.refused(ChildBudget.Answer.WAITING);
        String what = transport.isStarted() ? "children" : "line_connections";
        return Map.of(
                what,
                (long) budget.count(),
                what + "_refused",
                full + ofTenant + ofAddress + rate + waits,
                what + "_refused_max",
                full,
                what + "_refused_max_per_tenant",
                ofTenant,
                what + "_refused_max_per_address",
                ofAddress,
                what + "_refused_starts_per_sec",
                rate,
                what + "_refused_waiting",
                waits,
                what + "_evicted",
                evicted.sum());
    }

    /** How many children, or connections, there are. */
    int open() {
        return budget.count();
    }

    /** Ends the children that no request uses. */
    void stopQuiet() {
        List.copyOf(conversations).stream().filter(each -> !each.hasFailed()).forEach(each -> {
            var unused = each.stopIfQuiet();
        });
    }

    /** Begins to end all children; nothing starts after it. */
    void stop() {
        closed = true;
        conversations.forEach(Conversation::stop);
    }

    /** Waits until all children are gone, but no longer than they may take, and some time for their last signal. */
    void awaitGone() {
        long patience = 2 * policy().stopTimeout().toNanos() + (transport.isStarted() ? KILL_NANOS : 0);
        long deadline = System.nanoTime() + patience;
        while (!conversations.isEmpty() && System.nanoTime() - deadline < 0) {
            try {
                TimeUnit.MILLISECONDS.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
