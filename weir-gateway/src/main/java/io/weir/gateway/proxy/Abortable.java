package io.weir.gateway.proxy;

/** Something that the gateway does not let go on when it stops. Confined to its event loop. */
public interface Abortable {
    /** Ends it because the gateway stops; its client gets a response. */
    void abort(long now);
}
