package io.weir.gateway.proxy;

/** A request whose body is being received, or waits to be. Confined to its event loop. */
public interface Receiving extends Abortable {
    /** Ends it because its body takes too long; its client gets a response. */
    void timeOut();
}
