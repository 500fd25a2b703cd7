package io.weir.bench.pairs;

import io.weir.demo.SdkServer;
import java.net.URI;

/** How a server works on several calls at once. */
enum Shape {
    /** One worker, first in, first out. */
    FIFO_1,
    /** Four workers with one queue, first in, first out. */
    FIFO_4,
    /** Every call takes its own time. */
    UNLIMITED,
    /** Two cores whose time all calls share. */
    SHARED_2,
    /** The official Java SDK's server: unlimited, with the cost of a real one. */
    SDK;

    Upstream start() throws Exception {
        return switch (this) {
            case FIFO_1 -> new ShapedServer(new FifoWork(1));
            case FIFO_4 -> new ShapedServer(new FifoWork(4));
            case UNLIMITED -> new ShapedServer(new FifoWork(Integer.MAX_VALUE));
            case SHARED_2 -> new ShapedServer(new SharedWork(2));
            case SDK -> sdk();
        };
    }

    private static Upstream sdk() throws Exception {
        SdkServer server = new SdkServer();
        return new Upstream() {
            @Override
            public URI url() {
                return server.url();
            }

            @Override
            public void close() {
                server.close();
            }
        };
    }
}
