package io.weir.gateway.pipe;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.config.GatewayConfig;
import io.weir.config.MemoryPlan;
import io.weir.config.Redaction;
import io.weir.config.StdioTransport;
import io.weir.config.UpstreamConfig;
import io.weir.core.Reason;
import io.weir.core.Rejection;
import io.weir.core.admission.Admission;
import io.weir.gateway.admission.Cancellation;
import io.weir.gateway.admission.ConnectionSignals;
import io.weir.gateway.admission.Exchange;
import io.weir.gateway.admission.InboundRequest;
import io.weir.gateway.admission.RequestAdmission;
import io.weir.gateway.admission.Upstreams;
import io.weir.gateway.admission.Verdict;
import io.weir.gateway.child.ChildProcess;
import io.weir.gateway.child.ChildRuntime;
import io.weir.gateway.child.LineReader;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.EnvelopeReader;
import io.weir.gateway.jsonrpc.JsonIds;
import io.weir.gateway.jsonrpc.JsonRpcError;
import io.weir.gateway.jsonrpc.MalformedMessageException;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.jsonrpc.MessageParts;
import io.weir.gateway.line.Line;
import io.weir.gateway.line.LineServer;
import io.weir.gateway.line.LineServerException;
import io.weir.gateway.mcp.ErrorCodes;
import io.weir.gateway.mcp.McpMethods;
import io.weir.gateway.mcp.ProtocolVersion;
import io.weir.gateway.ops.CircuitLog;
import io.weir.gateway.ops.PressureLog;
import io.weir.gateway.ops.Programs;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Payload;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * One client and one server: lines pass as they are, ids and progress tokens included. The client's thread reads and
 * offers, the child's threads write and read, and the scheduler of children lets time pass. A client that does not read
 * holds up what it says and what the child says, and nothing else: neither deadlines nor the end.
 */

/** The limits between one client, at a pair of streams, and one stdio server. Thread-safe. */
public final class StdioProxy implements LineServer.Listener, PipeRequest.Owner, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("weir.stdio");
    private static final Client CLIENT = Client.ofAddress(Client.DEFAULT_TENANT, "stdio", "");
    private static final long TICK_MILLIS = 25;
    private static final long EXIT_MILLIS = 500;

    private final GatewayConfig config;
    private final UpstreamConfig upstream;
    private final Admission admission;
    private final Upstreams queues;
    private final RequestAdmission requests;
    private final ChildRuntime runtime;
    private final ChildProcess child;
    private final ClientOutput out;
    private final EnvelopeReader reader = new EnvelopeReader();
    private final Set<PipeRequest> open = ConcurrentHashMap.newKeySet();

    /** Requests that the server has or is given, by {@link JsonIds#key} of their ids. */
    private final Map<Object, List<PipeRequest>> byId = new ConcurrentHashMap<>();

    /** Dispatched, and waiting until the server has read more. */
    @GuardedBy("held")
    private final ArrayDeque<PipeRequest> held = new ArrayDeque<>();

    private final CountDownLatch ended = new CountDownLatch(1);

    /** Read and written by the thread that reads the client alone. */
    private boolean pressureTold;

    /** What the client is told once the server has failed by itself; null before. */
    private volatile @Nullable String end;

    private volatile int status;
    private volatile boolean stopping;

    /**
     * Limits in front of one upstream of that configuration, which is started by {@link #run}.
     *
     * @param upstream a server that is started by a command
     * @param out where messages to the client go, and nothing else
     */
    public StdioProxy(GatewayConfig config, UpstreamConfig upstream, OutputStream out) {
        this.config = config;
        this.upstream = upstream;
        ConnectionSignals signals = new ConnectionSignals(new PressureLog());
        this.admission = new Admission(config.limits(), signals);
        this.queues = new Upstreams(config.upstreams(), admission, new CircuitLog(), null, System.nanoTime());
        this.requests = new RequestAdmission(
                admission,
                queues,
                signals,
                config.refusal().code(),
                config.edge().maxKnownClients());
        this.out = new ClientOutput(out, this::stop);
        this.runtime = ChildRuntime.create(new MemoryBudget(MemoryPlan.childLines(config)));
        this.child = new ChildProcess(upstream.name(), (StdioTransport) upstream.transport(), runtime, this);
    }

    /**
     * Starts the server and passes messages until the client or the server ends; to be called once.
     *
     * @param in where messages of the client come from
     * @return the status to exit with: 0 if the client has ended it, 1 if the server has
     */
    public int run(InputStream in) throws InterruptedException {
        child.start();
        var unused =
                runtime.scheduler().scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        Thread reading = new Thread(() -> read(in), "weir-stdio-in");
        reading.setDaemon(true);
        reading.start();
        ended.await();
        out.awaitWritten(config.edge().shutdownTimeout().toMillis());
        runtime.close();
        return status;
    }

    /** Ends the server and what it has started, and with it {@link #run}; may be called from any thread. */
    public void stop() {
        stopping = true;
        child.stop();
    }

    /**
     * As {@link #stop}, and waits until nothing of the server is left, or it has had the time for that; a little longer
     * if the client does not read what it is told.
     */
    @Override
    public void close() {
        stop();
        try {
            var unused = ended.await(
                    2 * transport().children().stopTimeout().toMillis() + EXIT_MILLIS, TimeUnit.MILLISECONDS);
            out.awaitWritten(EXIT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        runtime.close();
    }

    private StdioTransport transport() {
        return (StdioTransport) upstream.transport();
    }

    private void read(InputStream in) {
        LineReader lines = LineReader.skipping(in, config.edge().maxBodyBytes());
        try {
            for (byte[] line = lines.next(); line != null; line = lines.next()) {
                out.awaitRoom();
                if (lines.wasTooLong()) {
                    out.write(new JsonRpcError(
                                    null,
                                    MalformedMessageException.INVALID_REQUEST,
                                    "The message is longer than "
                                            + config.edge().maxBodyBytes() + " bytes (edge.max_body_bytes)")
                            .toBytes());
                } else if (line.length > 0 && !received(line)) {
                    break;
                }
            }
            drain();
        } catch (IOException e) {
            LOG.warn("the client's input cannot be read: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        stop();
    }

    /** The client says no more: what it has asked is answered, as long as a shutdown may take. */
    private void drain() throws InterruptedException {
        long deadline = System.nanoTime() + config.edge().shutdownTimeout().toNanos();
        while (!open.isEmpty() && System.nanoTime() - deadline < 0 && !stopping) {
            TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
        }
    }

    /** Handles a line of the client; false if it is the last that is read. */
    private boolean received(byte[] line) throws InterruptedException {
        Envelope envelope;
        try {
            envelope = reader.read(line);
        } catch (MalformedMessageException e) {
            out.write(JsonRpcError.of(e).toBytes());
            return true;
        }
        String told = end;
        if (told != null) {
            envelope.messages().stream()
                    .filter(each -> each.kind() == Message.Kind.REQUEST)
                    .forEach(
                            each -> out.write(new JsonRpcError(each.id(), ErrorCodes.UPSTREAM_FAILED, told).toBytes()));
            return true;
        }
        InboundRequest inbound = new InboundRequest(
                upstream.name(), CLIENT, null, false, envelope, Payload.of(line), Long.MAX_VALUE, true);
        tellPressure(envelope, line);
        long wait = requests.controlWaitNanos(inbound, System.nanoTime());
        if (wait > 0) {
            TimeUnit.NANOSECONDS.sleep(wait);
        }
        PipeRequest request = new PipeRequest(inbound, this);
        open.add(request);
        Verdict verdict = requests.offer(inbound, request, System.nanoTime());
        if (verdict instanceof Verdict.Paused paused) {
            // The client is not read until it is drained: the pipe holds it back.
            verdict = request.decided(paused);
        }
        if (verdict instanceof Verdict.Forward forward) {
            request.holds(forward.exchange(), forward.cancellation());
            dispatch(request);
        } else if (verdict instanceof Verdict.Wait waits) {
            request.holds(waits.exchange(), Cancellation.NONE);
        } else {
            open.remove(request);
            return rejected(verdict, out::write);
        }
        return true;
    }

    /**
     * Has the client told of the pressure on its limits as soon as it is ready for what it did not ask for, if it is to
     * be.
     */
    private void tellPressure(Envelope envelope, byte[] line) {
        if (!pressureTold && config.edge().notifyBackpressure() && isReady(envelope, line)) {
            pressureTold = true;
            PressureSender.start(requests, CLIENT, upstream.name(), out::write);
        }
    }

    private static boolean isReady(Envelope envelope, byte[] line) {
        for (Message each : envelope.messages()) {
            if (McpMethods.INITIALIZED.equals(each.method())) {
                return true;
            }
        }
        try {
            return !envelope.batch()
                    && ProtocolVersion.ofHeader(MessageParts.of(line).metaVersion())
                            .isStateless();
        } catch (IOException e) {
            throw new IllegalStateException("the envelope was read from the same bytes", e);
        }
    }

    private boolean rejected(Verdict verdict, Consumer<byte[]> answer) {
        if (verdict instanceof Verdict.Rejected rejected) {
            Verdict.ControlRemainder remainder = rejected.remainder();
            if (remainder != null) {
                boolean sent =
                        child.queuedBytes() < 2L * child.maxQueuedBytes() && child.send(Line.of(remainder.body()));
                if (sent) {
                    remainder.exchange().completed(System.nanoTime());
                } else {
                    remainder.exchange().failed(System.nanoTime());
                }
            }
            if (rejected.expectsResponse() && !rejected.silent()) {
                answer.accept(rejected.error());
            }
            return !rejected.close();
        }
        if (verdict instanceof Verdict.Close) {
            LOG.warn("the client sends more control messages than it may: it is disconnected");
            return false;
        }
        return true;
    }

    @Override
    public void dispatch(PipeRequest request) {
        boolean passed;
        synchronized (held) {
            if (!held.isEmpty() || child.queuedBytes() >= child.maxQueuedBytes()) {
                // The server has lines to read, and when it has read them, drained() goes on with these.
                held.addLast(request);
                return;
            }
            passed = give(request);
        }
        if (!passed) {
            failEnded(request);
        }
    }

    /** Gives the server a request; false if it takes none any more. */
    private boolean give(PipeRequest request) {
        request.unanswered()
                .forEach(id -> byId.compute(JsonIds.key(id), (key, before) -> {
                    List<PipeRequest> all = before == null ? new ArrayList<>(1) : new ArrayList<>(before);
                    all.add(request);
                    return all;
                }));
        long timeout = upstream.requestTimeout().toNanos();
        Payload body = request.request().body();
        List<ByteBuffer> bytes = new ArrayList<>();
        body.addViews(0, body.length(), bytes);
        return child.send(new Line(bytes, new Line.Sender() {
            @Override
            public void begun() {
                request.given(System.nanoTime(), timeout);
            }

            @Override
            public void ended(boolean written) {
                if (written) {
                    request.written(System.nanoTime());
                    forgetIfOver(request);
                }
            }
        }));
    }

    private void failEnded(PipeRequest request) {
        String told = end;
        fail(request, told == null ? "Upstream '" + upstream.name() + "' has ended" : told);
    }

    @Override
    public void removed(PipeRequest request) {
        open.remove(request);
        Exchange exchange = request.exchange();
        Rejection rejection = exchange == null ? null : exchange.rejection();
        if (exchange != null && rejection != null && rejection.reason() != Reason.CANCELLED) {
            var unused = rejected(requests.removed(request.request(), exchange, System.nanoTime()), out::writeLater);
        }
    }

    private void fail(PipeRequest request, String message) {
        for (String id : request.fail(System.nanoTime())) {
            out.writeLater(new JsonRpcError(id, ErrorCodes.UPSTREAM_FAILED, message).toBytes());
        }
        forgetIfOver(request);
    }

    private void forgetIfOver(PipeRequest request) {
        if (request.isOver()) {
            open.remove(request);
            request.request().messages().stream()
                    .filter(InboundRequest::isRequest)
                    .forEach(each -> forget(String.valueOf(each.id()), request));
        }
    }

    private void forget(String id, PipeRequest request) {
        byId.computeIfPresent(JsonIds.key(id), (key, all) -> {
            List<PipeRequest> left = new ArrayList<>(all);
            left.remove(request);
            return left.isEmpty() ? null : left;
        });
    }

    private void tick() {
        long now = System.nanoTime();
        queues.tick(now);
        for (PipeRequest each : open) {
            for (String id : each.sweep(now)) {
                out.writeLater(new JsonRpcError(
                                id,
                                ErrorCodes.UPSTREAM_TIMED_OUT,
                                "The server '" + upstream.name() + "' did not finish within "
                                        + upstream.requestTimeout().toMillis() + " ms")
                        .toBytes());
                cancel(id);
            }
            forgetIfOver(each);
        }
        long patience = transport().children().startTimeout().toNanos();
        if (child.stalledNanos(now) > patience) {
            child.kill(new LineServerException(
                    LineServerException.Problem.INPUT,
                    "for " + TimeUnit.NANOSECONDS.toMillis(patience) + " ms ("
                            + transport().section() + ".start_timeout_ms)"));
        }
    }

    private void cancel(String id) {
        String line = "{\"jsonrpc\":\"2.0\",\"method\":\"" + McpMethods.CANCELLED + "\",\"params\":{\"requestId\":" + id
                + ",\"reason\":\"timed out\"}}";
        var unused = child.send(Line.of(line.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void line(byte[] line) {
        List<String> ids = new ArrayList<>(1);
        try {
            if (line.length > 0 && line[0] == '[') {
                reader.read(line).messages().stream()
                        .filter(each -> each.kind() == Message.Kind.RESPONSE)
                        .forEach(each -> ids.add(String.valueOf(each.id())));
            } else {
                MessageParts message = MessageParts.of(line);
                if (message.method() == null) {
                    ids.add(String.valueOf(message.id()));
                }
            }
        } catch (IOException | MalformedMessageException e) {
            LOG.warn("the server wrote a line that is no JSON-RPC message to its standard output; it is left out");
            return;
        }
        boolean passed = ids.isEmpty();
        for (String id : ids) {
            passed |= answered(id);
        }
        if (passed) {
            out.write(line);
        }
    }

    /** A response to no request goes to the client all the same: it is theirs to judge. */
    private boolean answered(String id) {
        List<PipeRequest> all = byId.get(JsonIds.key(id));
        if (all == null) {
            return true;
        }
        PipeRequest first =
                all.stream().filter(each -> each.awaits(id)).findFirst().orElse(all.get(0));
        boolean passed = first.answered(id, System.nanoTime());
        forget(id, first);
        forgetIfOver(first);
        return passed;
    }

    @Override
    public void drained() {
        List<PipeRequest> refused = new ArrayList<>(0);
        synchronized (held) {
            while (!held.isEmpty() && child.queuedBytes() < child.maxQueuedBytes()) {
                PipeRequest next = held.removeFirst();
                if (!next.isOver() && !give(next)) {
                    refused.add(next);
                }
            }
        }
        refused.forEach(this::failEnded);
    }

    @Override
    public void failed(LineServerException why) {
        Optional<String> missing = why.problem() == LineServerException.Problem.EXITED
                ? Programs.missing(transport()).map(each -> LineServerException.Problem.START.words() + ": " + each)
                : Optional.empty();
        String words = missing.orElse(why.problem().words());
        // Whoever reads it has named the program.
        String told = "Upstream '" + upstream.name() + "' " + words
                + (why.problem() == LineServerException.Problem.EXITED && missing.isEmpty()
                        ? ": " + Redaction.printable(transport().command().get(0))
                        : "");
        if (!stopping) {
            end = told;
            status = 1;
            LOG.error("the server {} ({})", words, why.getMessage());
        }
        admission.close();
        queues.close(System.nanoTime());
        for (PipeRequest each : List.copyOf(open)) {
            fail(each, told);
        }
    }

    @Override
    public void gone() {
        ended.countDown();
    }
}
