package io.weir.sim.replay;

import io.weir.sim.engine.VirtualTime;
import io.weir.sim.run.Work;

/** An upstream of the shape that a log shows, in virtual time. Not thread-safe. */
final class ModelledUpstream {
    private final Work<Task> work;
    private long inFlight;
    private long maxInFlight;

    private record Task(long service, Runnable done) implements Work.Job {}

    private ModelledUpstream(VirtualTime time, UpstreamShape shape) {
        this.work = switch (shape.kind()) {
            case UNLIMITED -> Work.fifo(time, Integer.MAX_VALUE, this::done);
            case FIFO -> Work.fifo(time, shape.servers(), this::done);
            case SHARED -> Work.sharing(time, shape.servers(), 0, this::done);
        };
    }

    static ModelledUpstream of(VirtualTime time, UpstreamShape shape) {
        return new ModelledUpstream(time, shape);
    }

    /** Takes on a message that needs {@code nanos} of a server's time; {@code done} is called when it is over. */
    void accept(long nanos, Runnable done) {
        maxInFlight = Math.max(maxInFlight, ++inFlight);
        work.add(new Task(nanos, done));
    }

    private void done(Task task) {
        inFlight--;
        work.left();
        task.done().run();
    }

    /** The most messages that were ever in flight at once. */
    long maxInFlight() {
        return maxInFlight;
    }
}
