package io.weir.gateway.lineupstream;

import io.weir.gateway.line.LineServerException;

/** Where messages of a child go: a response or a stream of a client. Thread-safe. */
interface Recipient {
    /**
     * Gives it a message; may wait until there is room for it, where only this client is held up by that.
     *
     * @param last whether it is the response to the request that the recipient has sent
     */
    void message(byte[] message, boolean last);

    /** Nothing more comes: the server has failed, or its response is none. */
    void failed(LineServerException why);
}
