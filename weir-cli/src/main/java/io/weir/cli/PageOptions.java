package io.weir.cli;

import picocli.CommandLine.Option;

/** Which part of a list a command prints. */
final class PageOptions {
    @Option(names = "--limit", paramLabel = "N", description = "How many at most, 1 to 1000 (default 20).")
    private int limit = 20;

    @Option(names = "--offset", paramLabel = "N", description = "How many to leave out (default 0).")
    private int offset;

    /** The same in a query, behind other parameters. */
    String query() {
        return "&limit=" + limit + "&offset=" + offset;
    }
}
