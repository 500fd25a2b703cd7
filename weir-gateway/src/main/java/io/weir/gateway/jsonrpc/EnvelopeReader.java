package io.weir.gateway.jsonrpc;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.io.UncheckedIOException;

/*
 * One pass by jackson-core's streaming parser, which holds to RFC 8259 as long as nothing is enabled. What it does not
 * do, or not strictly enough, is done around it: UTF-8 is checked before (detection of other encodings is off), names
 * are checked for duplicates here so that a duplicate is told from a syntax error, and lengths and depth are limits of
 * ours (its own are lifted, so that they cannot be mistaken for syntax errors).
 *
 * Jackson keeps the names that it has met in a hash table of the factory, for all later bodies: good for the few names
 * of honest clients, and open to three attacks. Long names would stay in memory: a factory that met one is thrown away
 * (short ones are bounded, Jackson forgets all at 6,000). Names of one hash would make each look-up a scan: Jackson
 * gives up on them. And an attacker could bring the table near that point, so that an honest body passes it: who gives
 * up tries again with an empty table, so that what becomes of a body depends on that body alone.
 */

/**
 * Reads the envelope of a body strictly, in one pass, and builds no tree of it. Thread-safe.
 *
 * <p>A body is read only if every JSON parser understands it alike: UTF-8 without a byte order mark, RFC 8259 to the
 * letter, one value, at most {@value #MAX_DEPTH} levels deep, numbers of at most {@value #MAX_NUMBER_LENGTH}
 * characters, no name twice in an object (escapes resolved), and no member of a message that differs from one of the
 * envelope's own only in case. The value is a JSON-RPC 2.0 message or an array of 1 to {@value #MAX_BATCH} of them: a
 * request ({@code method}, {@code id} a string or an integer), a notification ({@code method}, no {@code id}) or a
 * response ({@code result} with an {@code id}; or {@code error}, where the {@code id} may be null or missing). Members
 * that JSON-RPC does not know are left alone.
 */
public final class EnvelopeReader {
    /** How deep values may be nested; the message itself, or the batch, is level 1. */
    public static final int MAX_DEPTH = 64;

    /** The longest number, in characters. */
    public static final int MAX_NUMBER_LENGTH = 1000;

    /** The longest id, in bytes as it stands in the body, quotes not counted. */
    public static final int MAX_ID_LENGTH = 128;

    /** The longest method, in bytes as it stands in the body, quotes not counted. */
    public static final int MAX_METHOD_LENGTH = 256;

    /** The longest {@link Message#target()}, in bytes as it stands in the body, quotes not counted. */
    public static final int MAX_TARGET_LENGTH = 4096;

    /** The longest {@code traceparent}, in bytes as it stands in the body; 55 are used. */
    public static final int MAX_TRACEPARENT_LENGTH = 128;

    /** The longest {@code tracestate}, in bytes as it stands in the body. */
    public static final int MAX_TRACESTATE_LENGTH = 512;

    /** The most messages of one batch. */
    public static final int MAX_BATCH = 1000;

    private static final int LONG_NAME = 64;

    volatile JsonFactory factory = newFactory();

    /**
     * Reads a body; does not keep or change it.
     *
     * @throws MalformedMessageException with {@link MalformedMessageException#PARSE_ERROR} if the body is not JSON, and
     *     with {@link MalformedMessageException#INVALID_REQUEST} if it is, or cannot be read to its end within bounds,
     *     and is not a message or batch as above
     */
    public Envelope read(byte[] body) throws MalformedMessageException {
        int invalid = Utf8.firstInvalid(body);
        if (invalid >= 0) {
            throw SyntaxError.of("it is not valid UTF-8 at byte " + invalid);
        }
        if (Utf8.hasByteOrderMark(body)) {
            throw SyntaxError.of("it begins with a byte order mark");
        }
        try {
            return readOnceMore(body);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }

    private Envelope readOnceMore(byte[] body) throws IOException, MalformedMessageException {
        try {
            return read(body, factory);
        } catch (StreamConstraintsException e) {
            JsonFactory empty = newFactory();
            factory = empty;
            return readAlone(body, empty);
        }
    }

    private Envelope readAlone(byte[] body, JsonFactory empty) throws IOException, MalformedMessageException {
        try {
            return read(body, empty);
        } catch (StreamConstraintsException e) {
            throw StrictTokens.invalid("names that were chosen to have the same hash");
        }
    }

    private Envelope read(byte[] body, JsonFactory with) throws IOException, MalformedMessageException {
        try (JsonParser parser = with.createParser(body)) {
            StrictTokens tokens = new StrictTokens(parser, body);
            try {
                return new EnvelopePass(tokens).read();
            } catch (JsonParseException e) {
                throw SyntaxError.of(e, body);
            } finally {
                if (tokens.longestName() > LONG_NAME) {
                    factory = newFactory();
                }
            }
        }
    }

    private static JsonFactory newFactory() {
        return new JsonFactoryBuilder()
                .disable(JsonFactory.Feature.CHARSET_DETECTION)
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH + 1)
                        .maxNumberLength(Integer.MAX_VALUE)
                        .maxStringLength(Integer.MAX_VALUE)
                        .maxNameLength(Integer.MAX_VALUE)
                        .build())
                .build();
    }
}
