package io.weir.bench.decision;

import com.google.common.util.concurrent.RateLimiter;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Decision;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/** Instances of what the benchmarks decide with. */
public final class Subjects {
    /** A maker of each peer's limiter. */
    public static final Map<String, Supplier<Object>> PEERS = peers();

    private Subjects() {}

    @SuppressWarnings("UnstableApiUsage")
    private static Map<String, Supplier<Object>> peers() {
        Map<String, Supplier<Object>> peers = new LinkedHashMap<>();
        peers.put("Semaphore", () -> new Semaphore(1000));
        peers.put("Resilience4j bulkhead", () -> Peers.bulkhead(1000));
        peers.put("Resilience4j rate limiter", () -> Peers.rateLimiter(1000));
        peers.put("Netflix Vegas", Peers::vegas);
        peers.put("Netflix Gradient2, windowed", Peers::gradient2);
        peers.put("Bucket4j, lock-free", () -> Peers.bucket(1000));
        peers.put("Guava RateLimiter", () -> RateLimiter.create(1000));
        return peers;
    }

    /** An admission of the production profile. */
    public static Admission admission() {
        return MeasuredAdmission.admission(builder -> builder);
    }

    /** Opens as many connections of one tenant. */
    public static void connections(Admission admission, int connections) {
        for (int i = 0; i < connections; i++) {
            admission.connection("tenant", "connection-" + i, 0);
        }
    }

    /** An admission whose connections were each refused once. */
    public static Admission refusedConnections(int connections) {
        Admission admission = MeasuredAdmission.admission(builder -> builder.maxMessages(0));
        List<MeasuredAdmission.Client> clients = clients(admission, connections);
        clients.forEach(client -> client.require(client.admit(), Decision.REFUSED));
        return admission;
    }

    /** An admission whose connections each sent one control message. */
    public static Admission controlledConnections(int connections) {
        Admission admission = admission();
        for (MeasuredAdmission.Client client : clients(admission, connections)) {
            client.requireAdmitted(client.admitControl());
            client.release();
        }
        return admission;
    }

    private static List<MeasuredAdmission.Client> clients(Admission admission, int number) {
        List<MeasuredAdmission.Client> clients = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            clients.add(new MeasuredAdmission.Client(admission, "connection-" + i));
        }
        return clients;
    }
}
