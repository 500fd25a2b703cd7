package io.weir.sim.scenario;

import io.weir.config.Key;
import io.weir.config.Keys;
import io.weir.config.ValueTypes;
import io.weir.core.Priority;
import io.weir.core.config.ConfigKey;
import io.weir.core.config.Profile;
import io.weir.core.config.ValueType;
import io.weir.core.queue.Capacity;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The table of all keys of a scenario, by section. */
final class ScenarioKeys {
    private static final int MAX_CONNECTIONS = 1_000_000;
    private static final int MAX_BATCH = 1_000;
    private static final int MAX_SERVERS = 100_000;

    private static final String SCENARIO = "scenario";
    private static final String UPSTREAM = "upstream";
    private static final String CHANGES = "upstream.changes";
    private static final String CLIENTS = "clients";
    private static final String PHASES = "clients.phases";
    private static final String TIMEOUT = "clients.timeout";
    private static final String CANCEL = "clients.cancel";
    private static final String FAULTS = "faults";
    private static final String EXPECT = "expect";

    static final Key<String> NAME =
            new Key<>(SCENARIO, "name", ScenarioTypes.NAME, null, "the name of reports; without it the file's name");

    static final Key<String> DESCRIPTION =
            new Key<>(SCENARIO, "description", ScenarioTypes.TEXT, "", "one sentence for a person");

    static final Key<Long> DURATION = new Key<>(
            SCENARIO,
            "duration",
            ScenarioTypes.time("1ms"),
            "60s",
            "how long clients send; messages pending at that time run to their end");

    static final Key<Long> SEED =
            new Key<>(SCENARIO, "seed", ValueType.number(Long.MIN_VALUE, Long.MAX_VALUE), "1", "the random seed");

    static final Key<Profile> PROFILE = new Key<>(
            SCENARIO,
            "profile",
            ScenarioTypes.PROFILE,
            Profile.PRODUCTION.key(),
            "as in [configuration.md](configuration.md)");

    static final Key<Void> QUEUE_LIMITS = new Key<>(
            SCENARIO,
            ConfigKey.QUEUE_LIMITS,
            ScenarioTypes.KEYS,
            null,
            "as in [configuration.md](configuration.md); the heap is taken to be 4 GiB everywhere");

    static final Key<Void> BACKPRESSURE = new Key<>(
            SCENARIO, ConfigKey.BACKPRESSURE, ScenarioTypes.KEYS, null, "as in [configuration.md](configuration.md)");

    static final Key<Path> CONFIG = new Key<>(
            SCENARIO,
            "config",
            ValueTypes.PATH,
            null,
            "in place of `profile`, `queue_limits` and `backpressure`: the `weir.yaml` of a gateway, relative to the "
                    + "scenario; see below");

    static final Key<String> CONFIG_UPSTREAM = new Key<>(
            SCENARIO,
            "config_upstream",
            ScenarioTypes.TEXT,
            null,
            "which upstream of that file `upstream` models, if it has several");

    static final Key<Void> UPSTREAM_KEYS =
            new Key<>(SCENARIO, UPSTREAM, ScenarioTypes.KEYS, null, "the server behind Weir");

    static final Key<Void> CLIENT_GROUPS = new Key<>(
            SCENARIO,
            CLIENTS,
            ScenarioTypes.KEYS,
            null,
            "groups of clients, each below a name of your choice; there must be one");

    static final Key<Void> FAULT_LIST =
            new Key<>(SCENARIO, FAULTS, ScenarioTypes.LIST, null, "faults injected into Weir");

    static final Key<Void> EXPECT_LIST = new Key<>(
            SCENARIO, EXPECT, ScenarioTypes.LIST, null, "what the result must be; if it is not, the exit code is 1");

    static final Key<UpstreamModel.Kind> KIND = new Key<>(
            UPSTREAM,
            "kind",
            ScenarioTypes.choice(UpstreamModel.Kind.class),
            "fifo",
            "`sharing`: the servers share their time among all messages at once, as threads share cores; "
                    + "`delay`: every message takes its time, however many there are");

    static final Key<Integer> SERVERS = new Key<>(
            UPSTREAM,
            "servers",
            ValueType.integer(1, MAX_SERVERS),
            "4",
            "how many messages it processes at once; without meaning for `delay`");

    static final Key<Integer> THRASH_BEYOND = new Key<>(
            UPSTREAM,
            "thrash_beyond",
            ValueType.integer(1, MAX_SERVERS),
            null,
            "with `sharing`: beyond this number of messages at once, total throughput falls in proportion");

    static final Key<ServiceTime> SERVICE_TIME = new Key<>(
            UPSTREAM,
            "service_time",
            ScenarioTypes.SERVICE_TIME,
            "exponential 5ms",
            "how long one message takes; or keys: one of these for each operation that clients send, by name, "
                    + "and `default`");

    static final Key<Long> FAILURES =
            new Key<>(UPSTREAM, "failures", ScenarioTypes.SHARE, "0%", "the share of messages that fail");

    static final Key<Long> REQUEST_TIMEOUT = new Key<>(
            UPSTREAM,
            "request_timeout",
            ScenarioTypes.TIME,
            "300s",
            "the time after which Weir abandons a dispatched message");

    static final Key<Capacity> CAPACITY = new Key<>(
            UPSTREAM,
            "capacity",
            Keys.CAPACITY.type(),
            Keys.CAPACITY.byDefault(),
            "how many messages Weir lets it have in flight");

    static final Key<Boolean> CIRCUIT_BREAKER = new Key<>(
            UPSTREAM, "circuit_breaker", ValueType.bool(), "true", "whether Weir has a circuit breaker for it");

    static final Key<Void> CHANGE_LIST =
            new Key<>(UPSTREAM, "changes", ScenarioTypes.LIST, null, "what changes during the run: see below");

    static final Key<Long> CHANGE_AT =
            new Key<>(CHANGES, "at", ScenarioTypes.TIME, "0s", "when; a value that is not given stays as it was");

    static final Key<Integer> CHANGED_SERVERS =
            new Key<>(CHANGES, "servers", SERVERS.type(), null, "the number of servers from then on");

    static final Key<Long> SLOWDOWN =
            new Key<>(CHANGES, "slowdown", ScenarioTypes.FACTOR, null, "the factor of all service times from then on");

    static final Key<Long> CHANGED_FAILURES =
            new Key<>(CHANGES, "failures", FAILURES.type(), null, "the share of messages that fail from then on");

    static final Key<UpstreamModel.State> STATE = new Key<>(
            CHANGES,
            "state",
            ScenarioTypes.choice(UpstreamModel.State.class),
            null,
            "`hung`: accepts messages and answers none; `down`: rejects connections");

    static final Key<Long> RATE = new Key<>(
            CLIENTS, "rate", ScenarioTypes.RATE, null, "messages a second, over all connections of the group");

    static final Key<Void> PHASE_LIST =
            new Key<>(CLIENTS, "phases", ScenarioTypes.LIST, null, "in place of `rate`: a list of `at` and `rate`");

    static final Key<Arrivals> ARRIVALS = new Key<>(
            CLIENTS,
            "arrivals",
            ScenarioTypes.choice(Arrivals.class),
            "poisson",
            "`closed`: workers that each send the next message when the last one was answered or rejected; "
                    + "it has no rate");

    static final Key<Integer> WORKERS = new Key<>(
            CLIENTS,
            "workers",
            ValueType.integer(1, MAX_CONNECTIONS),
            "1",
            "how many, with `closed`; over the connections in turn");

    static final Key<ServiceTime> THINK_TIME = new Key<>(
            CLIENTS,
            "think_time",
            ScenarioTypes.SERVICE_TIME,
            "constant 1ns",
            "with `closed`: how long a worker waits before its next message");

    static final Key<Void> TIMEOUT_KEYS = new Key<>(
            CLIENTS,
            TIMEOUT.substring(CLIENTS.length() + 1),
            ScenarioTypes.KEYS,
            null,
            "with `closed`: `after` which time a worker continues without an answer, and whether it sends a "
                    + "cancellation (`cancel`)");

    static final Key<Integer> BURST_SIZE = new Key<>(
            CLIENTS, "burst_size", ValueType.integer(1, MAX_CONNECTIONS), "1", "how many at once, with `burst`");

    static final Key<Long> MAX_MESSAGES = new Key<>(
            CLIENTS, "max_messages", ValueType.number(1, Long.MAX_VALUE), null, "messages in all; no limit without it");

    static final Key<Integer> CONNECTIONS = new Key<>(
            CLIENTS,
            "connections",
            ValueType.integer(1, MAX_CONNECTIONS),
            "1",
            "the number of connections; messages are spread over them at random with `poisson`, else " + "round-robin");

    static final Key<Integer> TENANTS = new Key<>(
            CLIENTS,
            "tenants",
            ValueType.integer(1, MAX_CONNECTIONS),
            "1",
            "the number of tenants; connections are spread over them");

    static final Key<String> TENANT = new Key<>(
            CLIENTS,
            "tenant",
            ScenarioTypes.TEXT,
            null,
            "the tenant's name, and how the names of several begin; without it the group's name");

    static final Key<String> OPERATION = new Key<>(
            CLIENTS,
            "operation",
            ScenarioTypes.TEXT,
            "tools/call",
            "the tool or method of the messages, by which cost and latency are learned");

    static final Key<Priority> PRIORITY = new Key<>(CLIENTS, "priority", Keys.PRIORITY.type(), "call", "");

    static final Key<Long> REQUEST_SIZE = new Key<>(
            CLIENTS,
            "request_size",
            ValueType.bytes(0, 1L << 31),
            "300",
            "bytes of one message; of a batch, the bytes of the whole batch");

    static final Key<Integer> BATCH_SIZE = new Key<>(
            CLIENTS, "batch_size", ValueType.integer(1, MAX_BATCH), "1", "messages of one batch; 1: no batches");

    static final Key<Long> DEADLINE = new Key<>(
            CLIENTS,
            "deadline",
            ScenarioTypes.time("1ns"),
            "30s",
            "the time after which an answer is useless; also the message's time to live");

    static final Key<Integer> WEIGHT = new Key<>(CLIENTS, "weight", ValueType.integer(1, 10_000), "1", "of the tenant");

    static final Key<Integer> RETRIES = new Key<>(
            CLIENTS,
            "retries",
            ValueType.integer(0, MAX_BATCH),
            "0",
            "how often a refused message is offered again, at the time given in the refusal");

    static final Key<Void> CANCEL_KEYS = new Key<>(
            CLIENTS,
            CANCEL.substring(CLIENTS.length() + 1),
            ScenarioTypes.KEYS,
            null,
            "the `share` of messages that clients cancel, and `after` which time");

    static final Key<Long> DISCONNECT_EVERY = new Key<>(
            CLIENTS,
            "disconnect_every",
            ScenarioTypes.time("1us"),
            null,
            "the interval at which connections, one after the other, break and are opened again");

    static final Key<Long> PHASE_AT = new Key<>(PHASES, "at", ScenarioTypes.TIME, "0s", "when");

    static final Key<Long> PHASE_RATE =
            new Key<>(PHASES, "rate", ScenarioTypes.RATE, "0/s", "messages a second from then on");

    static final Key<Long> TIMEOUT_AFTER = new Key<>(
            TIMEOUT, "after", ScenarioTypes.TIME, null, "after which time a worker continues; never without it");

    static final Key<Boolean> TIMEOUT_CANCEL =
            new Key<>(TIMEOUT, "cancel", ValueType.bool(), "true", "whether it sends a cancellation then");

    static final Key<Long> CANCEL_SHARE =
            new Key<>(CANCEL, "share", ScenarioTypes.SHARE, "0%", "the share of messages");

    static final Key<Long> CANCEL_AFTER = new Key<>(CANCEL, "after", ScenarioTypes.TIME, "0s", "after which time");

    static final Key<Long> FAULT_AT = new Key<>(
            FAULTS, "at", ScenarioTypes.TIME, "0s", "when; a fault after the end of the scenario is an error");

    static final Key<Fault.Kind> ACTION = new Key<>(
            FAULTS,
            "action",
            ScenarioTypes.choice(Fault.Kind.class),
            null,
            "`reset`: the queues of the connections are drained; `disconnect`: the connections break; `update`: "
                    + "the values of `set` replace those of the configuration; `close`: Weir closes");

    static final Key<String> FAULT_CLIENTS =
            new Key<>(FAULTS, "clients", ScenarioTypes.TEXT, null, "the group; all without it");

    static final Key<Void> SET = new Key<>(
            FAULTS,
            "set",
            ScenarioTypes.KEYS,
            null,
            "with `update`: values by section and key, such as `queue_limits.max_messages: 10`");

    static final Key<Figure> FIGURE = new Key<>(
            EXPECT, "figure", ScenarioTypes.choice(Figure.class), null, "the figure that is compared: see below");

    static final Key<String> EXPECT_CLIENTS =
            new Key<>(EXPECT, "clients", ScenarioTypes.TEXT, null, "the group whose figure it is; all without it");

    static final Key<String> MIN = new Key<>(
            EXPECT,
            "min",
            ScenarioTypes.TEXT,
            null,
            "the least that is expected: a number, a share or a time, by the figure");

    static final Key<String> MAX = new Key<>(
            EXPECT, "max", ScenarioTypes.TEXT, null, "the most that is expected; equal to `min` for an exact value");

    static final List<Key<?>> OF_SCENARIO = List.of(
            NAME,
            DESCRIPTION,
            DURATION,
            SEED,
            PROFILE,
            QUEUE_LIMITS,
            BACKPRESSURE,
            CONFIG,
            CONFIG_UPSTREAM,
            UPSTREAM_KEYS,
            CLIENT_GROUPS,
            FAULT_LIST,
            EXPECT_LIST);

    static final List<Key<?>> OF_UPSTREAM = List.of(
            KIND,
            SERVERS,
            THRASH_BEYOND,
            SERVICE_TIME,
            FAILURES,
            REQUEST_TIMEOUT,
            CAPACITY,
            CIRCUIT_BREAKER,
            CHANGE_LIST);

    static final List<Key<?>> OF_CHANGE = List.of(CHANGE_AT, CHANGED_SERVERS, SLOWDOWN, CHANGED_FAILURES, STATE);

    static final List<Key<?>> OF_CLIENTS = List.of(
            RATE,
            PHASE_LIST,
            ARRIVALS,
            WORKERS,
            THINK_TIME,
            TIMEOUT_KEYS,
            BURST_SIZE,
            MAX_MESSAGES,
            CONNECTIONS,
            TENANTS,
            TENANT,
            OPERATION,
            PRIORITY,
            REQUEST_SIZE,
            BATCH_SIZE,
            DEADLINE,
            WEIGHT,
            RETRIES,
            CANCEL_KEYS,
            DISCONNECT_EVERY);

    static final List<Key<?>> OF_PHASE = List.of(PHASE_AT, PHASE_RATE);

    static final List<Key<?>> OF_TIMEOUT = List.of(TIMEOUT_AFTER, TIMEOUT_CANCEL);

    static final List<Key<?>> OF_CANCEL = List.of(CANCEL_SHARE, CANCEL_AFTER);

    static final List<Key<?>> OF_FAULT = List.of(FAULT_AT, ACTION, FAULT_CLIENTS, SET);

    static final List<Key<?>> OF_EXPECT = List.of(FIGURE, EXPECT_CLIENTS, MIN, MAX);

    /** All that {@link #SET} may set, each named by its section and key. */
    static final List<Key<?>> OF_SET = Arrays.stream(ConfigKey.values())
            .<Key<?>>map(each ->
                    new Key<>(SET.name(), each.section() + "." + each.key(), each.type(), null, each.documentation()))
            .toList();

    /** The tables of the reference page, by section; {@link #OF_SET} is the gateway's. */
    static final List<List<Key<?>>> TABLES = List.of(
            OF_SCENARIO, OF_UPSTREAM, OF_CHANGE, OF_CLIENTS, OF_PHASE, OF_TIMEOUT, OF_CANCEL, OF_FAULT, OF_EXPECT);

    private ScenarioKeys() {}
}
