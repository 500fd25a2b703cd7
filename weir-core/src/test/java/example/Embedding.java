package example;

import io.weir.core.*;
import io.weir.core.admission.*;
import io.weir.core.config.*;
import io.weir.core.queue.*;
import java.util.Queue;
import java.util.concurrent.*;

public final class Embedding {
    // A connection may have 3 messages and 1,000 bytes pending; a tenant ten times that, over all its connections.
    static final WeirConfig LIMITS = Profile.PRODUCTION
            .builder(Runtime.getRuntime().maxMemory())
            .maxMessages(3)
            .maxBytes(1_000)
            .build();
    static final Admission ADMISSION = new Admission(LIMITS, PressureListener.NONE);
    static final QueuePolicy ONE_AT_A_TIME = QueuePolicy.DEFAULT.withCapacity(Capacity.fixed(1));
    static final UpstreamQueue QUEUE =
            new UpstreamQueue("server", ADMISSION, ONE_AT_A_TIME, UpstreamListener.NONE, null, System.nanoTime());
    static final Queue<Offer> SERVER = new ConcurrentLinkedQueue<>(); // stands for your server

    static final Offer.Handler HANDLER = new Offer.Handler() {
        @Override
        public void dispatched(Offer offer, long now) {
            SERVER.add(offer);
        }

        @Override
        public void removed(Offer offer, Outcome outcome, long now) {
            System.out.println(name(offer) + " left the queue: " + offer.reason());
        }
    };

    static String name(Offer offer) {
        return offer.connection().tenant() + " " + offer.bytes();
    }

    static void call(String tenant, long bytes) {
        Connection connection = ADMISSION.connection(tenant, "session-1", System.nanoTime());
        long ttl = TimeUnit.SECONDS.toNanos(30);
        Offer offer = new Offer(connection, "echo", 1, bytes, Priority.CALL, ttl, 1, HANDLER);
        switch (QUEUE.offer(offer, System.nanoTime())) {
            case DISPATCHED -> SERVER.add(offer);
            case QUEUED -> {} // the handler is called when its turn comes
            default ->
                System.out.println(
                        name(offer) + ": " + offer.reason() + ", " + offer.current() + " of " + offer.limit());
        }
    }

    static void serve() {
        for (Offer offer = SERVER.poll(); offer != null; offer = SERVER.poll()) {
            System.out.println(name(offer) + " is served");
            QUEUE.finish(offer, Outcome.COMPLETED, System.nanoTime());
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    public static void main(String[] arguments) {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        timer.scheduleAtFixedRate(() -> QUEUE.tick(System.nanoTime()), 25, 25, TimeUnit.MILLISECONDS);
        long cleanup = LIMITS.queueLimits().cleanupInterval().toMillis();
        timer.scheduleAtFixedRate(() -> ADMISSION.cleanUp(System.nanoTime()), cleanup, cleanup, TimeUnit.MILLISECONDS);

        call("acme", 100); // in flight at once
        call("acme", 101); // waits
        call("acme", 102); // waits
        call("acme", 103); // too many
        call("globex", 200); // waits, and goes before the second one of acme that waits
        call("globex", 900); // too large beside the 200
        serve();

        // Without a queue: admit, work, release.
        Reservation reservation = new Reservation();
        Connection connection = ADMISSION.connection("acme", "session-1", System.nanoTime());
        if (ADMISSION.admit(connection, reservation, 1, 400, System.nanoTime()) == Decision.ADMITTED) {
            System.out.println("acme 400 works");
            ADMISSION.release(reservation, Outcome.COMPLETED);
        }

        call("acme", 300); // in flight at once
        call("acme", 301); // waits
        ADMISSION.close();
        QUEUE.close(System.nanoTime());
        serve();
        System.out.println("pending: " + ADMISSION.globalStats().pending().messages());
        timer.shutdown();
    }
}
