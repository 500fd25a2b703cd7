package io.weir.core.admission;

/** Who leases credit from the limits of the process. Every method is called under the monitor of {@link Global}. */
interface Leaseholder {
    /** Begins to lease under that configuration, if it is calm enough. */
    boolean beginLeasing(ActiveConfig activeConfig);

    /** Revokes what is leased: when this returns, the limits have it back. */
    void endLeasing();

    /** Credit that is leased and not spent, as an {@link Amount}. */
    long unspent();
}
