package io.weir.bench.decision;

import org.openjdk.jmh.annotations.Threads;

/** {@link Peers}, two threads on one object. */
@Threads(2)
public class PeersOnTwoThreads extends Peers {}
