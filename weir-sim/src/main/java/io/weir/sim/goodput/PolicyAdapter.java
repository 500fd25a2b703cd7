package io.weir.sim.goodput;

import io.weir.core.Outcome;
import io.weir.core.admission.Decision;
import io.weir.sim.run.AdmissionPolicy;
import io.weir.sim.run.SimMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Lets another policy decide in place of the core. */
final class PolicyAdapter implements AdmissionPolicy {
    private final Policy policy;
    private final @Nullable Discipline discipline;
    private @Nullable SimulationCallbacks floor;

    PolicyAdapter(Policy policy) {
        this.policy = policy;
        this.discipline = policy.discipline();
    }

    private SimulationCallbacks floor() {
        return Objects.requireNonNull(floor, "not started");
    }

    @Override
    public void start(SimulationCallbacks told, long now) {
        floor = told;
    }

    @Override
    public void offer(SimMessage message, long now) {
        if (!policy.offer(now)) {
            floor().rejected(message, Decision.REFUSED, "policy", 0, now);
        } else if (discipline == null) {
            floor().admitted(message, now);
            floor().dispatched(message, now);
        } else if (discipline.add(message, now)) {
            floor().admitted(message, now);
            serve(discipline, now);
        } else {
            policy.finished(now, 0, true);
            floor().rejected(message, Decision.REFUSED, "queue", 0, now);
        }
    }

    private void serve(Discipline order, long now) {
        List<SimMessage> dropped = new ArrayList<>();
        boolean more = true;
        while (more && floor().idleServers() > 0) {
            SimMessage next = order.poll(now, dropped);
            more = next != null;
            if (next != null) {
                floor().dispatched(next, now);
            }
        }
        for (SimMessage each : dropped) {
            floor().abandoned(each, Outcome.EXPIRED, "expired", now);
            policy.finished(now, now - each.arrived(), true);
        }
    }

    @Override
    public void finish(SimMessage message, Outcome outcome, long now) {
        policy.finished(now, now - message.arrived(), outcome != Outcome.COMPLETED);
        tick(now);
    }

    @Override
    public boolean cancel(SimMessage message, long now) {
        return false;
    }

    @Override
    public void tick(long now) {
        if (discipline != null) {
            serve(discipline, now);
        }
    }
}
