package io.weir.gateway.http;

import io.weir.gateway.config.UpstreamConfig;
import java.net.ConnectException;
import java.net.UnknownHostException;

/** Says what went wrong with an upstream, to clients that may not know its address. */
final class UpstreamFaults {
    private UpstreamFaults() {}

    static String describe(UpstreamConfig upstream, Throwable cause) {
        String what;
        if (cause instanceof UnknownHostException) {
            what = "its host name is not known";
        } else if (cause instanceof ConnectException) {
            what = "it cannot be connected to";
        } else if (cause.getClass().getSimpleName().contains("Timeout")) {
            what = "it cannot be connected to in time";
        } else if (cause.getClass().getSimpleName().contains("Closed")
                || String.valueOf(cause.getMessage()).contains("closed")
                || String.valueOf(cause.getMessage()).contains("reset")) {
            what = "it closed the connection before its answer was whole";
        } else {
            what = "what it sent is not an HTTP answer";
        }
        return "The server '" + upstream.name() + "' did not answer: " + what;
    }
}
