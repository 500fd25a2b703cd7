package io.weir.gateway.proxy;

/** A request whose body is being received. Confined to its event loop. */
public interface BodyReceiver {
    /** Responds where the body takes too long; changes nothing and returns false if nothing is being received. */
    boolean timeOut();
}
