package io.weir.gateway.jsonrpc;

/** Reads the envelope of a body strictly, in one pass. Thread-safe. */
@SuppressWarnings("DoNotCallSuggester")
public final class EnvelopeReader {
    /** @throws MalformedMessageException if the body is not one valid JSON-RPC message or batch */
    public Envelope read(byte[] body) throws MalformedMessageException {
        throw new MalformedMessageException(MalformedMessageException.PARSE_ERROR, String.valueOf(body.length));
    }
}
