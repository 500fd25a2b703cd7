package io.weir.core.admission;

/** How an admitted message ended. */
public enum Outcome {
    /** The upstream answered. */
    COMPLETED,
    /** The upstream could not be reached, broke off, timed out, or sent what is not an answer. */
    FAILED,
    /** The client gave it up and the upstream's work is over or proven aborted. */
    CANCELLED
}
