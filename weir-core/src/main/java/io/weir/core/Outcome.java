package io.weir.core;

import java.util.Locale;

/** How an admitted message ended. */
public enum Outcome {
    /** The upstream answered. */
    COMPLETED,
    /** The upstream could not be reached, broke off, timed out, or sent what is not an answer. */
    FAILED,
    /** The client gave it up. Its slot at the upstream may be held for longer. */
    CANCELLED,
    /** Its time to live passed while it was queued. */
    EXPIRED,
    /** It was thrown out of the queue: to make room, by a reset, or because nothing will be dispatched any more. */
    EVICTED;

    private final String key = name().toLowerCase(Locale.ROOT);

    /** The name of this outcome in logs. */
    public String key() {
        return key;
    }
}
