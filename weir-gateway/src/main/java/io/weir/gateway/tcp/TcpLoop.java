package io.weir.gateway.tcp;

import io.weir.gateway.proxy.LoopContext;
import io.weir.gateway.proxy.ProxyServices;
import io.weir.gateway.proxy.UpstreamSessionCloser;
import io.weir.gateway.upstream.UpstreamServer;

/**
 * What the TCP connections of one event loop share. Confined to it.
 *
 * @param services what those of all event loops share
 * @param context the event loop
 * @param closer ends sessions at the upstream
 * @param upstream what the clients speak to
 */
record TcpLoop(TcpServices services, LoopContext context, UpstreamSessionCloser closer, UpstreamServer upstream) {
    /** A message to a client. */
    AnswerText newAnswer() {
        return new AnswerText(services.answers(), services.config().maxAnswerBytes());
    }

    /** What the handlers of all event loops share. */
    ProxyServices proxy() {
        return context.services();
    }
}
