package io.weir.gateway.jsonrpc;

import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** One reading of one body. */
final class EnvelopePass {
    private final StrictTokens tokens;

    EnvelopePass(StrictTokens tokens) {
        this.tokens = tokens;
    }

    Envelope read() throws IOException, MalformedMessageException {
        JsonToken first = tokens.nextOrEnd();
        if (first == null) {
            throw SyntaxError.of("it is empty");
        }
        boolean batch = first == JsonToken.START_ARRAY;
        List<Message> messages = new ArrayList<>(1);
        if (batch) {
            addBatch(messages);
        } else {
            add(messages, first);
        }
        if (tokens.nextOrEnd() != null) {
            throw SyntaxError.of("something follows the value at byte " + tokens.start());
        }
        tokens.throwFault();
        return new Envelope(batch, List.copyOf(messages));
    }

    private void addBatch(List<Message> messages) throws IOException, MalformedMessageException {
        int start = tokens.start();
        int count = 0;
        for (JsonToken token = tokens.next(); token != JsonToken.END_ARRAY; token = tokens.next()) {
            if (++count > EnvelopeReader.MAX_BATCH) {
                tokens.note("a batch has more than " + EnvelopeReader.MAX_BATCH + " messages, the next");
                messages.clear();
            }
            add(messages, token);
        }
        if (count == 0) {
            tokens.note("a batch is empty", start);
        }
    }

    private void add(List<Message> messages, JsonToken first) throws IOException, MalformedMessageException {
        if (first != JsonToken.START_OBJECT) {
            tokens.note("a message is not an object");
            tokens.skipValue();
            return;
        }
        Message message = new MessageMembers(tokens).read();
        if (message != null) {
            messages.add(message);
        }
    }
}
