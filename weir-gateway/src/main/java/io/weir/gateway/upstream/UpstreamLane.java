package io.weir.gateway.upstream;

import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.Message;

/**
 * What the connections to an upstream are for. Each kind of traffic has its own, so that none stands behind another.
 */
public enum UpstreamLane {
    /** What goes through the queues. */
    CALLS,
    /** GET streams and {@code subscriptions/listen}, which stay open for hours. */
    STREAMS,
    /** {@code initialize}, {@code server/discover}, {@code ping}: control messages that the server has to answer. */
    CONTROL,
    /** What clients answer, notifications, cancellations and DELETE, which free resources or let work go on. */
    SIGNALS;

    /** The lane of what is on the control lane. */
    public static UpstreamLane ofControl(Envelope envelope) {
        for (Message message : envelope.messages()) {
            if (message.kind() == Message.Kind.REQUEST) {
                return CONTROL;
            }
        }
        return SIGNALS;
    }
}
