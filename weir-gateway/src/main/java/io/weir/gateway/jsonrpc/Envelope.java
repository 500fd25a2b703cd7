package io.weir.gateway.jsonrpc;

import java.util.List;

/**
 * The body of one exchange, as far as it has to be understood: one message, or a batch of them.
 *
 * @param batch whether the body is a JSON array
 * @param messages at least one; exactly one unless it is a batch
 */
public record Envelope(boolean batch, List<Message> messages) {
    /** Whether it holds a request, which is owed a response. */
    public boolean expectsResponse() {
        for (Message message : messages) {
            if (message.kind() == Message.Kind.REQUEST) {
                return true;
            }
        }
        return false;
    }
}
