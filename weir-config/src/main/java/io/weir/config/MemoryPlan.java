package io.weir.config;

import io.weir.core.config.QueueLimitsConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The most memory that a gateway can take with its configuration, by kind: on the heap, in direct memory and in the
 * kernel's socket buffers. It is held against what the JVM was given before anything listens, so that limits which can
 * be reached cannot end the process.
 *
 * @param jvm what the JVM was given
 * @param heap what can be on the heap
 * @param direct what can be in direct memory
 * @param kernel what can be in the kernel's socket buffers, which no option of the JVM limits
 * @param process what the process can have resident: what a container has to give it, beside the kernel's buffers
 */
public record MemoryPlan(Jvm jvm, List<Share> heap, List<Share> direct, List<Share> kernel, List<Share> process) {
    /** The send buffer and the receive buffer of each socket, in bytes. Linux takes twice as much. */
    public static final int SOCKET_BUFFER = 64 * 1024;

    /** Heap and direct memory that may be planned for, in percent; the rest is the collector's and the allocator's. */
    private static final int USABLE_PERCENT = 85;

    private static final long KIB = 1024;
    private static final long MIB = 1024 * KIB;
    /** Classes, metrics, learned profiles, logs: what a gateway without clients holds. */
    private static final long BASE_HEAP = 16 * MIB;

    /** Spans that wait to be sent, 2,048 at most, and those that are being sent. */
    private static final long TRACING_HEAP = 8 * MIB;

    /** What readers of the operator's page have not read. */
    private static final long PAGE_HEAP = 512 * KIB;

    /** A second of the history that the operator's page shows: 104 figures and the time. */
    private static final long HISTORY_HEAP = 840;

    /** With less heap the history is short. */
    private static final long HEAP_OF_LONG_HISTORY = 256 * MIB;

    private static final long BASE_DIRECT = 16 * MIB;

    /**
     * Classes, compiled code, the compiler, the gateway's own threads and what malloc keeps, as measured
     * (docs/performance.md).
     */
    private static final long JVM_ITSELF = 140 * MIB;

    /** What the collector takes beside the heap is one part in so many of it, as measured with G1. */
    private static final long COLLECTOR_PART = 7;

    /** The stacks of the three threads of a child, as measured. */
    private static final long CHILD_THREADS = 3 * 96 * KIB;

    /**
     * A client's connection with a request that waits: socket, pipeline, codec, headers, exchange. Without the body.
     */
    private static final long CONNECTION_HEAP = 10 * KIB;

    /** Tokens that are verified or known, and their keys: 8,192 that were accepted, 512 under way with 8 KiB each. */
    private static final long TOKENS_HEAP = 8 * MIB;

    /**
     * What TLS adds to a connection, as measured: to one with a request 6.5 KiB, and 1 KiB of records that are not
     * whole. In a handshake that its client does not go on with, a connection takes 19 KiB by itself, of which 4 KiB
     * are {@link #OWN_CERTIFICATES}, but it has no request.
     */
    private static final long TLS_HEAP = 9 * KIB;

    /** What the gateway's own certificates may take of that, in bytes. More is counted with the TLS records. */
    public static final int OWN_CERTIFICATES = 4 * 1024;

    /** What the certificates of a client add: 2 KiB for two of RSA keys, as measured, and there are longer chains. */
    private static final long CERTIFICATES_HEAP = 8 * KIB;

    /** The least that TLS records beyond that may take on an event loop: some that are as long as they can be. */
    private static final long MIN_RECORDS = 256 * KIB;

    private static final long UPSTREAM_CONNECTION_HEAP = 6 * KIB;
    /** The longest {@code Mcp-Session-Id} that a server may issue, in characters: a signed token is no longer. */
    public static final int MAX_SESSION_ID = 1024;

    /** The id is on the heap twice: as it is, and in the key of its connection. */
    private static final long SESSION_HEAP = 880 + 2 * MAX_SESSION_ID;
    /** The pieces, in bytes, in which answers of an upstream are read. */
    public static final int PIECE = 4 * 1024;

    /** The most that one read of a socket takes, in bytes. */
    public static final int MAX_READ = 16 * 1024;

    /**
     * What waits on the heap for a slow client beside its own write queue: Vert.x queues sixteen pieces of the answer
     * before it pauses the upstream, and has those of up to five reads by then, as measured.
     */
    private static final long PAUSED_HEAP = 16 * PIECE + 5 * MAX_READ;

    /** What waits in direct memory: buffers of reads that are not taken apart yet. */
    private static final long PAUSED_DIRECT = 4 * MAX_READ;

    /** What waits for a slow client beside its own write queue, in bytes. */
    public static final long PAUSED_UPSTREAM = PAUSED_HEAP + PAUSED_DIRECT;

    private static final long SENDING_DIRECT = 64 * KIB;
    private static final long REFERENCE = 8;

    /** The part of the budget for slow clients that messages to TCP clients have beside it. */
    private static final int TCP_ANSWERS = 4;

    /**
     * The part of that budget that sessions with servers of lines have beside it for what they keep, and the least they
     * have, in bytes.
     */
    private static final int KEPT = 32;

    private static final long MIN_KEPT = 512 * KIB;

    /** How many of the longest messages to TCP clients there is room for in any case. */
    private static final long TCP_LONG_ANSWERS = 2;

    /** 600 bytes of a checkpoint for each pending message, three times while it is written, and its place in a map. */
    private static final long CHECKPOINT_HEAP = 2 * KIB;
    /** The buffer of a head that is not whole yet and no longer than usual. */
    private static final long READING_DIRECT = 4 * KIB;
    /** Connections to one upstream that each of the two lanes for control messages may have. */
    public static final int LANE_CONNECTIONS = 64;

    /** What is read of a child's output at a time, and kept while it writes no longer lines, in bytes. */
    public static final int CHILD_OUTPUT = 64 * 1024;

    /**
     * What may wait for a child to read its input, in bytes, before requests wait where they are: these bytes are
     * pending and copied nowhere. As much again may be messages of the gateway's own.
     */
    public static final int CHILD_INPUT = 96 * 1024;

    /** A piece that is being written to a server, in bytes. */
    public static final int LINE_PIECE = 16 * 1024;

    /**
     * What a long line refers to beside its own bytes: the rest of the first and of the last segment of a body, in
     * bytes.
     */
    public static final int LINE_REST = 64 * 1024;

    /** A piece that is being written, and the copy of a short request that nobody waits for any more, in bytes. */
    private static final int LINE_COPIES = 2 * LINE_PIECE;

    /**
     * How many calls that were given up are known of a server of lines: one that answers them all the same frees their
     * slots.
     */
    public static final int ABANDONED_CALLS = 64;

    /** What is kept of these calls, in bytes. */
    private static final int ABANDONED_HEAP = ABANDONED_CALLS * 512;

    /** What each child takes on the heap, in bytes, beside a line that is longer than {@link #CHILD_OUTPUT}. */
    public static final int CHILD_HEAP = CHILD_OUTPUT + 2 * CHILD_INPUT + LINE_COPIES + ABANDONED_HEAP;

    /** What is kept of the output of a server over TCP while it writes no longer lines, in bytes. */
    public static final int LINE_OUTPUT = 16 * 1024;

    /** As {@link #CHILD_INPUT}, for a server over TCP; as much may wait in its socket's write queue. */
    public static final int LINE_INPUT = 32 * 1024;

    /**
     * What a connection to a server over TCP takes on the heap, beside a line that is longer than {@link #LINE_OUTPUT}.
     */
    private static final long LINE_CONNECTION_HEAP =
            UPSTREAM_CONNECTION_HEAP + 2 * LINE_OUTPUT + 2 * LINE_INPUT + LINE_COPIES + ABANDONED_HEAP;

    /** How many of the longest lines may be on the heap: each twice while it is passed on. */
    private static final long LONG_LINES = 4;

    /** How many of the longest requests may be on the heap that servers are taking and nobody waits for any more. */
    private static final long LONG_REQUESTS = 2;

    /** What the kernel holds of a child's input, output and error output, in bytes: a pipe of Linux each. */
    private static final long CHILD_KERNEL = 3 * 64 * KIB;

    /**
     * What the JVM was given.
     *
     * @param heapBytes the largest heap, {@code -Xmx}
     * @param directBytes the most direct memory, {@code -XX:MaxDirectMemorySize}; the same as the heap unless that is
     *     set
     */
    public record Jvm(long heapBytes, long directBytes) {}

    /**
     * The most that one kind of thing takes.
     *
     * @param what takes it
     * @param bytes how much at the most
     * @param keys what limits it, for an operator who wants less; empty if nothing does
     */
    public record Share(String what, long bytes, String keys) {}

    /** How many event loops serve clients: one for each processor. */
    public static int eventLoops() {
        return Math.max(1, Runtime.getRuntime().availableProcessors());
    }

    /** How many worker threads scan large bodies. */
    public static int workers(int eventLoops) {
        return Math.max(2, eventLoops / 2);
    }

    /** The defaults of keys that depend on the memory there is: as documented if there is enough, else less. */
    static Values defaults(Jvm jvm, long maxBodyBytes, TlsConfig tls) {
        Values values = new Values();
        long heap = jvm.heapBytes();
        long room = heap / 9 / connectionHeap(tls);
        int connections = atMost(Keys.MAX_CONNECTIONS, Math.max(16, room));
        values.put(Keys.MAX_CONNECTIONS, connections);
        values.put(Keys.MAX_CONNECTIONS_PER_ADDRESS, atMost(Keys.MAX_CONNECTIONS_PER_ADDRESS, connections / 2));
        values.put(Keys.MAX_STREAMS, atMost(Keys.MAX_STREAMS, connections / 2));
        values.put(Keys.MAX_SESSIONS, atMost(Keys.MAX_SESSIONS, Math.max(16, heap / 64 / SESSION_HEAP)));
        putAtMost(values, Keys.MAX_BUFFERED_HEAD_BYTES, heap / 32);
        putAtMost(values, Keys.MAX_BUFFERED_BODY_BYTES, Math.max(heap / 16, 2 * maxBodyBytes));
        putAtMost(values, Keys.MAX_BUFFERED_ANSWER_BYTES, Math.min(heap, jvm.directBytes()) / 8);
        values.put(Keys.CHILDREN_MAX, atMost(Keys.CHILDREN_MAX, Math.max(1, heap / 64 / CHILD_HEAP)));
        values.put(
                Keys.CHILDREN_MAX_LINE_BYTES, atMost(Keys.CHILDREN_MAX_LINE_BYTES, Math.max(CHILD_OUTPUT, heap / 128)));
        values.put(
                Keys.CONNECTIONS_MAX_LINE_BYTES,
                atMost(Keys.CONNECTIONS_MAX_LINE_BYTES, Math.max(CHILD_OUTPUT, heap / 128)));
        values.put(
                Keys.MAX_UPSTREAM_CONNECTIONS,
                atMost(Keys.MAX_UPSTREAM_CONNECTIONS, Math.max(16, heap / 32 / LINE_CONNECTION_HEAP)));
        return values;
    }

    /**
     * How many seconds the history of the operator's page goes back: an hour, and five minutes with less than 256 MiB
     * of heap.
     */
    public static int historySeconds(long heapBytes) {
        return heapBytes < HEAP_OF_LONG_HISTORY ? 300 : 3_600;
    }

    private static long connectionHeap(TlsConfig tls) {
        long more = tls.ofClients() ? TLS_HEAP : 0;
        return CONNECTION_HEAP + more + (tls.certifiesClients() ? CERTIFICATES_HEAP : 0);
    }

    private static int atMost(Key<Integer> key, long value) {
        return (int) Math.min(key.defaultValue(), value);
    }

    private static void putAtMost(Values values, Key<Long> key, long value) {
        values.put(key, Math.min(key.defaultValue(), value));
    }

    /**
     * What lines to and from servers that are longer than usual may take on the heap at a time, in bytes, beside
     * pending messages: four of the longest that a server may write, and at least twice the longest request.
     */
    public static long childLines(GatewayConfig config) {
        return transports(config, LineTransport.class).stream()
                .mapToLong(each -> Math.max(
                        LONG_LINES * each.policy().maxLineBytes(),
                        LONG_REQUESTS * (config.edge().maxBodyBytes() + LINE_REST)))
                .max()
                .orElse(0);
    }

    /**
     * What messages to TCP clients may take that are not whole yet or not written, in bytes: each of these clients has
     * its own.
     */
    public static long tcpAnswers(GatewayConfig config) {
        return config.tcp()
                .map(tcp -> Math.max(
                        config.edge().maxBufferedAnswerBytes() / TCP_ANSWERS, TCP_LONG_ANSWERS * tcp.maxAnswerBytes()))
                .orElse(0L);
    }

    /**
     * What the TLS records of clients may take on the heap of one event loop, in bytes, that are not whole or not
     * decrypted, beyond what is planned for with each connection: those over HTTP, and as much again those over TCP.
     */
    public static long tlsRecords(GatewayConfig config, int eventLoops) {
        return Math.max(MIN_RECORDS, config.edge().maxBufferedHeadBytes() / eventLoops);
    }

    /**
     * What sessions with servers that write lines may keep together, in bytes: messages that no stream has fetched yet,
     * and the resources that they are subscribed to.
     */
    public static long keptForSessions(GatewayConfig config) {
        return transports(config, LineTransport.class).isEmpty()
                ? 0
                : Math.max(MIN_KEPT, config.edge().maxBufferedAnswerBytes() / KEPT);
    }

    /** The plan for a configuration, on a machine with that many processors. */
    public static MemoryPlan of(Jvm jvm, GatewayConfig config, int processors) {
        EdgeConfig edge = config.edge();
        QueueLimitsConfig limits = config.limits().queueLimits();
        long pending = limits.globalMaxBytes() + limits.globalControlMaxBytes();
        List<HttpTransport> http = transports(config, HttpTransport.class);
        List<ChildPolicy> children = transports(config, StdioTransport.class).stream()
                .map(StdioTransport::children)
                .toList();
        long lineConnections = transports(config, TcpTransport.class).stream()
                .mapToLong(each -> each.connections().max())
                .sum();
        long childCount = children.stream().mapToLong(ChildPolicy::max).sum();
        long calls = http.stream().mapToLong(HttpTransport::maxConnections).sum();
        long control = 2L * LANE_CONNECTIONS * http.size();
        long upstreams = Math.min(edge.maxConnections(), calls) + Math.min(edge.maxConnections(), control);
        long streams = (long) edge.maxStreams();
        TlsConfig tls = config.tls();
        long readers = Math.min(
                edge.maxConnections(), edge.maxBufferedAnswerBytes() / (edge.maxOutboundBytes() + PAUSED_UPSTREAM) + 1);

        List<Share> heap = new ArrayList<>();
        heap.add(new Share(
                "the gateway itself", BASE_HEAP + PAGE_HEAP + HISTORY_HEAP * historySeconds(jvm.heapBytes()), ""));
        heap.add(new Share(
                "pending messages", pending, "queue_limits.global_max_bytes, queue_limits.global_control_max_bytes"));
        heap.add(new Share("long heads", edge.maxBufferedHeadBytes(), "edge.max_buffered_head_bytes"));
        heap.add(new Share("bodies being received", edge.maxBufferedBodyBytes(), "edge.max_buffered_body_bytes"));
        heap.add(new Share(
                "bodies being parsed",
                workers(processors) * contiguous(jvm, edge.maxBodyBytes())
                        + processors * contiguous(jvm, parsedOnLoop(config)),
                "edge.max_body_bytes, edge.scan_off_loop_bytes"));
        heap.add(new Share("client connections", edge.maxConnections() * connectionHeap(tls), "edge.max_connections"));
        if (tls.ofClients()) {
            long fronts = tls.http().stream().count() + tls.tcp().stream().count();
            heap.add(new Share(
                    "TLS records",
                    fronts * processors * tlsRecords(config, processors),
                    "edge.max_buffered_head_bytes"));
        }
        heap.add(new Share(
                "upstream connections",
                (upstreams + streams) * UPSTREAM_CONNECTION_HEAP,
                "edge.max_streams, upstreams.*.max_connections"));
        if (config.identity().jwt().isPresent()) {
            heap.add(new Share("access tokens", TOKENS_HEAP, ""));
        }
        heap.add(new Share("sessions", edge.maxSessions() * SESSION_HEAP, "edge.max_sessions"));
        heap.add(new Share("answers for slow clients", readers * PAUSED_HEAP, "edge.max_buffered_answer_bytes"));

        config.tcp()
                .ifPresent(tcp -> heap.add(new Share(
                        "answers to TCP clients",
                        tcpAnswers(config) + processors * 2L * tcp.maxAnswerBytes(),
                        "edge.max_buffered_answer_bytes, tcp.max_answer_bytes")));
        if (!children.isEmpty()) {
            heap.add(new Share("children", childCount * CHILD_HEAP, "upstreams.*.children.max"));
        }
        if (lineConnections > 0) {
            heap.add(new Share(
                    "connections to servers over TCP",
                    lineConnections * LINE_CONNECTION_HEAP,
                    "upstreams.*.max_connections"));
        }
        if (childLines(config) > 0) {
            heap.add(new Share(
                    "long lines of servers",
                    childLines(config),
                    "upstreams.*.children.max_line_bytes, upstreams.*.connections.max_line_bytes"));
        }
        if (keptForSessions(config) > 0) {
            heap.add(new Share("kept for sessions", keptForSessions(config), "edge.max_buffered_answer_bytes"));
        }
        config.decisionLog()
                .ifPresent(log -> heap.add(new Share(
                        "the decision log",
                        DecisionLogConfig.BUFFER_BYTES
                                + log.bufferLines() * REFERENCE
                                + edge.maxConnections() * CHECKPOINT_HEAP,
                        "decision_log.buffer_lines, edge.max_connections")));
        config.accessLog()
                .ifPresent(log -> heap.add(new Share(
                        "the access log",
                        AccessLogConfig.BUFFER_BYTES + log.bufferLines() * REFERENCE,
                        "access_log.buffer_lines")));
        config.tracing().ifPresent(tracing -> heap.add(new Share("spans", TRACING_HEAP, "")));

        List<Share> direct = new ArrayList<>();
        direct.add(new Share("the gateway itself", BASE_DIRECT, ""));
        direct.add(new Share(
                "answers for slow clients",
                readers * (edge.maxOutboundBytes() + PAUSED_DIRECT) * 3 / 2,
                "edge.max_buffered_answer_bytes"));
        if (config.tcp().isPresent()) {
            direct.add(new Share(
                    "answers to TCP clients",
                    tcpAnswers(config),
                    "edge.max_buffered_answer_bytes, tcp.max_answer_bytes"));
        }
        if (config.tcp().isPresent() && GatewayConfig.pauses(config.limits())) {
            direct.add(
                    new Share("lines behind a held one", edge.maxBufferedBodyBytes(), "edge.max_buffered_body_bytes"));
        }
        if (upstreams + lineConnections > 0) {
            direct.add(new Share(
                    "requests being sent",
                    Math.min(pending, (upstreams + lineConnections) * SENDING_DIRECT),
                    "upstreams.*.max_connections, queue_limits.global_max_bytes"));
        }
        direct.add(new Share(
                "requests being read",
                edge.maxConnections() * READING_DIRECT + edge.maxBufferedHeadBytes(),
                "edge.max_connections, edge.max_buffered_head_bytes"));

        long socket = 2L * 2 * SOCKET_BUFFER;
        List<Share> kernel = new ArrayList<>();
        kernel.add(new Share("client connections", edge.maxConnections() * socket, "edge.max_connections"));
        kernel.add(new Share(
                "upstream connections",
                (upstreams + streams + lineConnections) * socket,
                "edge.max_streams, upstreams.*.max_connections"));
        if (!children.isEmpty()) {
            kernel.add(new Share("pipes of children", childCount * CHILD_KERNEL, "upstreams.*.children.max"));
        }
        List<Share> process = new ArrayList<>();
        process.add(new Share("heap", jvm.heapBytes(), "-Xmx"));
        process.add(new Share("direct memory", total(direct), ""));
        process.add(new Share("the JVM itself", JVM_ITSELF + jvm.heapBytes() / COLLECTOR_PART, ""));
        if (!children.isEmpty()) {
            process.add(new Share("threads of children", childCount * CHILD_THREADS, "upstreams.*.children.max"));
        }
        return new MemoryPlan(jvm, List.copyOf(heap), List.copyOf(direct), List.copyOf(kernel), List.copyOf(process));
    }

    /** The longest body that is parsed on an event loop: any, where its parts are to be found for a server of lines. */
    private static long parsedOnLoop(GatewayConfig config) {
        EdgeConfig edge = config.edge();
        return transports(config, LineTransport.class).isEmpty()
                ? Math.min(edge.scanOffLoopBytes(), edge.maxBodyBytes())
                : edge.maxBodyBytes();
    }

    private static <T> List<T> transports(GatewayConfig config, Class<T> type) {
        return config.upstreams().stream()
                .map(UpstreamConfig::transport)
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    /** What an array of so many bytes takes: from half a region of G1 on, whole regions. */
    private static long contiguous(Jvm jvm, long bytes) {
        long region = Math.min(32 * MIB, Math.max(MIB, Long.highestOneBit(Math.max(1, jvm.heapBytes() / 2048))));
        long array = bytes + 16;
        return array > region / 2 ? (array + region - 1) / region * region : array;
    }

    /** What does not fit and what to do about it, one a line; empty if all fits. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        check("heap", "-Xmx", heap, jvm.heapBytes(), problems);
        check("direct memory", "-XX:MaxDirectMemorySize", direct, jvm.directBytes(), problems);
        return problems;
    }

    private static void check(String kind, String option, List<Share> shares, long given, List<String> problems) {
        long most = total(shares);
        if (most <= given / 100 * USABLE_PERCENT) {
            return;
        }
        Share largest = shares.stream()
                .filter(share -> !share.keys().isEmpty())
                .max((a, b) -> Long.compare(a.bytes(), b.bytes()))
                .orElseThrow();
        problems.add("the configuration can take " + text(most) + " of " + kind + " and the JVM was given "
                + text(given)
                + ", of which " + USABLE_PERCENT + " % can be planned for: " + describe(shares) + ". Raise " + option
                + ", or lower "
                + largest.keys() + ", which can take " + text(largest.bytes()));
    }

    /** The most heap, in bytes. */
    public long heapMost() {
        return total(heap);
    }

    /** The most direct memory, in bytes. */
    public long directMost() {
        return total(direct);
    }

    /** The most that the process has resident, in bytes: all of the heap that the JVM was given, used or not. */
    public long residentMost() {
        return total(process);
    }

    /** The most memory of the kernel, in bytes. */
    public long kernelMost() {
        return total(kernel);
    }

    private static long total(List<Share> shares) {
        return shares.stream().mapToLong(Share::bytes).sum();
    }

    /** Shares as text: {@code 32 MiB pending messages, 8 MiB bodies being received}. */
    public static String describe(List<Share> shares) {
        return String.join(
                ", ",
                shares.stream()
                        .map(share -> text(share.bytes()) + " " + share.what())
                        .toList());
    }

    /** A number of bytes as people write it, rounded up. */
    public static String text(long bytes) {
        if (bytes < MIB) {
            return (bytes + KIB - 1) / KIB + " KiB";
        }
        if (bytes < 10L * KIB * MIB) {
            return (bytes + MIB - 1) / MIB + " MiB";
        }
        return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (KIB * MIB));
    }
}
