package io.weir.bench.pairs;

/**
 * The same traffic under two configurations: one that is logged, and one that is predicted from that log and then
 * measured.
 *
 * @param name what is changed, for tables
 * @param shape of the server
 * @param traffic that is sent in both runs
 * @param logged what the first configuration has beside the defaults, in YAML, without the upstream's URL
 * @param asked the same of the second
 */
record Pair(String name, Shape shape, Traffic traffic, String logged, String asked) {}
