package io.weir.gateway.ops;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.weir.config.AccessLogConfig;
import io.weir.core.Rejection;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.mcp.RejectionWriter;
import io.weir.gateway.proxy.RequestRecord;
import io.weir.gateway.session.Client;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a line of JSON for each request that has ended, by a thread of its own. Records wait for it in a buffer that
 * is bounded in number and in bytes; those that find it full are lost, and counted. While the file cannot be written,
 * all are lost, and it is tried again every few seconds. Thread-safe.
 */
public final class AccessLog implements Consumer<RequestRecord>, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("weir.access");
    private static final int LAST_PRINTABLE = 0x7e;
    private static final long NANOS_PER_MICRO = 1_000;
    private static final double MICROS_PER_MILLI = 1_000;
    private static final JsonFactory JSON = new JsonFactory();
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final ConnectionIds ids;
    private final ArrayBlockingQueue<RequestRecord> buffer;
    private final MemoryBudget bufferedBytes = new MemoryBudget(AccessLogConfig.BUFFER_BYTES);
    private final LongAdder lost = new LongAdder();
    private final LogFileThread writer;

    /** How many of the lost lines the file tells of. Used by the writer. */
    private long toldLost;

    AccessLog(AccessLogConfig config, RotatingFiles files, ConnectionIds ids, long retryMillis) {
        this.ids = ids;
        this.buffer = new ArrayBlockingQueue<>(config.bufferLines());
        this.writer = new LogFileThread("access log", LOG, new Records(), files, retryMillis);
    }

    /**
     * Begins to write.
     *
     * @param ids names connections as the operator's port does
     * @throws IOException if the file cannot be opened
     */
    public static AccessLog open(AccessLogConfig config, ConnectionIds ids) throws IOException {
        AccessLog log = new AccessLog(
                config,
                new RotatingFiles(config.file(), config.maxBytes(), config.files()),
                ids,
                LogFileThread.RETRY_MILLIS);
        log.start();
        return log;
    }

    void start() throws IOException {
        writer.start();
    }

    /** Has the record written, or loses it. Never waits. */
    @Override
    public void accept(RequestRecord ended) {
        long bytes = ended.heapBytes();
        if (writer.isStopped() || writer.isClosed() || !bufferedBytes.take(bytes)) {
            lost.increment();
        } else if (!buffer.offer(ended)) {
            bufferedBytes.giveBack(bytes);
            lost.increment();
        }
    }

    /** How it does. */
    public Statistics.LogState state() {
        return new Statistics.LogState(writer.isStopped() ? "stopped" : "writing", lost.sum());
    }

    private final class Records implements LogFileThread.Lines {
        @Override
        public void drain(RotatingFiles to, long patienceMillis) throws IOException, InterruptedException {
            long missing = missing();
            if (missing > 0) {
                toldLost += missing;
                to.write(gap(missing), missing);
            }
            RequestRecord next = buffer.poll(patienceMillis, TimeUnit.MILLISECONDS);
            while (next != null) {
                bufferedBytes.giveBack(next.heapBytes());
                to.write(line(next), 0);
                next = buffer.poll();
            }
            to.flush();
        }

        @Override
        public void lose(RotatingFiles.Unsafe unsafe) {
            lost.add(unsafe.lines());
            toldLost -= unsafe.missing();
            for (RequestRecord each = buffer.poll(); each != null; each = buffer.poll()) {
                bufferedBytes.giveBack(each.heapBytes());
                lost.increment();
            }
        }

        @Override
        public long missing() {
            return lost.sum() - toldLost;
        }

        @Override
        public String gap(long missing) {
            return "{\"time\":\"" + TIME.format(Instant.now()) + "\",\"event\":\"gap\",\"lost_lines\":" + missing + '}';
        }

        @Override
        public String resume(long missing) {
            toldLost += missing;
            return toldLost + " lines were lost since the start";
        }
    }

    /** The record as one line of printable ASCII. */
    private String line(RequestRecord record) throws IOException {
        StringWriter out = new StringWriter(512);
        try (JsonGenerator json = JSON.createGenerator(out)) {
            // Names are the clients' to choose: a terminal is shown nothing that it would act on.
            json.setHighestNonEscapedChar(LAST_PRINTABLE);
            json.writeStartObject();
            json.writeStringField("time", TIME.format(record.startedAt()));
            json.writeStringField("front", record.front());
            json.writeStringField("client", record.address());
            client(json, record.client());
            text(json, "upstream", record.upstream());
            text(json, "http_method", record.httpMethod());
            text(json, "method", record.method());
            text(json, "operation", record.operation());
            if (record.messages() > 1) {
                json.writeNumberField("messages", record.messages());
            }
            outcome(json, record);
            json.writeNumberField("queue_ms", millis(record.queueNanos()));
            json.writeNumberField("upstream_ms", millis(record.upstreamNanos()));
            json.writeNumberField("total_ms", millis(record.totalNanos()));
            json.writeNumberField("request_bytes", record.requestBytes());
            json.writeNumberField("response_bytes", record.responseBytes());
            text(json, "trace_id", record.traceId());
            json.writeEndObject();
        }
        return out.toString();
    }

    private void client(JsonGenerator json, @Nullable Client client) throws IOException {
        if (client != null) {
            json.writeStringField("tenant", client.tenant());
            json.writeStringField("connection", Client.shown(client.connection()));
            json.writeStringField("connection_id", ids.of(client.tenant(), client.connection()));
        }
    }

    private static void outcome(JsonGenerator json, RequestRecord record) throws IOException {
        json.writeStringField("outcome", record.outcome());
        text(json, "reason", record.reason());
        Rejection rejection = record.rejection();
        if (rejection != null) {
            json.writeStringField("scope", rejection.scope().key());
            json.writeNumberField("current", RejectionWriter.current(rejection));
            json.writeNumberField("limit", RejectionWriter.limit(rejection));
            if (rejection.retryAfterNanos() > 0) {
                json.writeNumberField("retry_after_ms", RejectionWriter.retryAfterMillis(rejection));
            }
        }
        if (record.status() != 0) {
            json.writeNumberField("status", record.status());
        }
        if (record.errorCode() != 0) {
            json.writeNumberField("error_code", record.errorCode());
        }
        if (record.isClientGone()) {
            json.writeBooleanField("client_gone", true);
        }
    }

    private static void text(JsonGenerator json, String name, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(name, value);
        }
    }

    /** With microseconds as decimals. */
    private static double millis(long nanos) {
        long micros = nanos / NANOS_PER_MICRO;
        return micros / MICROS_PER_MILLI;
    }

    /** Writes what waits to be written, and ends; waits for ten seconds at most. */
    @Override
    public void close() {
        writer.close();
    }
}
