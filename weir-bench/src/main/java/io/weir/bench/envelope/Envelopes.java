package io.weir.bench.envelope;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.EnvelopeReader;
import io.weir.gateway.jsonrpc.MalformedMessageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Reading a {@code tools/call} of many short members, beside the bare tokens of jackson-core. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class Envelopes {
    private static final String HEAD =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"search\",\"arguments\":{\"rows\":[";
    private static final String ROW = "{\"key\":\"some text\",\"value\":12345,\"more\":true}";
    private static final String TAIL = "]}}}";

    @Param({"300", "10000", "1000000"})
    private int bytes = 300;

    private final EnvelopeReader reader = new EnvelopeReader();
    private final JsonFactory factory = new JsonFactory();
    private byte[] body = {};

    @Setup
    public void write() {
        int rows = (bytes - HEAD.length() - TAIL.length()) / (ROW.length() + 1);
        String text = HEAD + (ROW + ",").repeat(rows - 1) + ROW + TAIL;
        body = text.getBytes(StandardCharsets.UTF_8);
    }

    @Benchmark
    public Envelope weirEnvelope() throws MalformedMessageException {
        return reader.read(body);
    }

    @Benchmark
    public int jacksonTokens() throws IOException {
        int tokens = 0;
        try (JsonParser parser = factory.createParser(body)) {
            while (parser.nextToken() != null) {
                tokens++;
            }
        }
        return tokens;
    }
}
