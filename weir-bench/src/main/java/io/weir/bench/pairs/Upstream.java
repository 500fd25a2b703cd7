package io.weir.bench.pairs;

import java.net.URI;

/** An MCP server on loopback whose calls take the milliseconds in their argument {@code ms}. */
interface Upstream extends AutoCloseable {
    /** Where it answers. */
    URI url();

    @Override
    void close();
}
