package io.weir.gateway.lineupstream;

import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.jsonrpc.MessageParts;
import io.weir.gateway.line.Line;
import io.weir.gateway.session.Payload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One message of a request's body on its way to a server.
 *
 * @param parts what it says, and what is put in place there
 * @param body that its line is made of: all that is not put in place stays where it is
 * @param start where the message begins in the body
 */
record ClientMessage(MessageParts parts, Payload body, int start) {
    /**
     * Finds the parts of a message.
     *
     * @param bytes those of the body
     */
    static ClientMessage of(Payload body, byte[] bytes, Message message) {
        try {
            return new ClientMessage(MessageParts.of(bytes, message.start(), message.end()), body, message.start());
        } catch (IOException e) {
            throw new IllegalStateException("the envelope was read from the same bytes", e);
        }
    }

    /** A message of the gateway's own. */
    static ClientMessage of(String message) {
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        try {
            return new ClientMessage(MessageParts.of(bytes), Payload.of(bytes), 0);
        } catch (IOException e) {
            throw new IllegalArgumentException(message, e);
        }
    }

    /** The message with what was put in place, as a line. */
    Line toLine(Line.Sender sender) {
        List<ByteBuffer> bytes = new ArrayList<>();
        parts.pieces(new MessageParts.Pieces() {
            @Override
            public void kept(int from, int to) {
                body.addViews(start + from, start + to, bytes);
            }

            @Override
            public void put(byte[] replacement) {
                bytes.add(ByteBuffer.wrap(replacement));
            }
        });
        return new Line(bytes, sender);
    }
}
