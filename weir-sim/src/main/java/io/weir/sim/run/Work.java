package io.weir.sim.run;

import io.weir.sim.engine.VirtualTime;
import java.util.List;
import java.util.function.Consumer;

/**
 * How the servers of a modelled upstream spend their time on messages, whether a scenario names them or a log shows
 * them. It tells of every message that is done, from an event of the virtual time. Not thread-safe.
 *
 * @param <J> what is worked on
 */
public interface Work<J extends Work.Job> {
    /** What takes a server's time. */
    interface Job {
        /** How long a server that is not slowed down works on it; nanoseconds. */
        long service();
    }

    /** Each server works on one message; the others wait, first in, first out. */
    static <J extends Job> Work<J> fifo(VirtualTime time, int servers, Consumer<J> done) {
        return new FifoWork<>(time, servers, done);
    }

    /**
     * All messages share the time of the servers; beyond so many messages at once it falls in proportion, unless that
     * is 0.
     */
    static <J extends Job> Work<J> sharing(VirtualTime time, int servers, int thrashBeyond, Consumer<J> done) {
        return new SharedWork<>(time, servers, thrashBeyond, done);
    }

    /** Takes on a message. */
    void add(J message);

    /** A message that was done, and kept its place until now, has left. */
    void left();

    /** Takes out what has not been begun. */
    List<J> drain();

    /** So many servers from now on, each so many thousandths slower than at first. */
    void change(int servers, int slowdown);

    /** How many messages could begin at once without taking time from others. */
    int idle();
}
