package io.weir.bench.decision;

import org.openjdk.jmh.annotations.Threads;

/** {@link Peers}, uncontended. */
@Threads(1)
public class PeersOnOneThread extends Peers {}
