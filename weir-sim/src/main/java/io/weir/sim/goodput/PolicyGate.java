package io.weir.sim.goodput;

import io.weir.core.admission.Decision;
import io.weir.core.admission.Outcome;
import io.weir.sim.run.Gate;
import io.weir.sim.run.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Lets another policy decide in place of the core. */
final class PolicyGate implements Gate {
    private final Policy policy;
    private final @Nullable Discipline discipline;
    private @Nullable Floor floor;

    PolicyGate(Policy policy) {
        this.policy = policy;
        this.discipline = policy.discipline();
    }

    private Floor floor() {
        return Objects.requireNonNull(floor, "not started");
    }

    @Override
    public void start(Floor told, long now) {
        floor = told;
    }

    @Override
    public void offer(Message message, long now) {
        if (!policy.offer(now)) {
            floor().turnedAway(message, Decision.REFUSED, "policy", 0, now);
        } else if (discipline == null) {
            floor().admitted(message, now);
            floor().dispatched(message, now);
        } else if (discipline.add(message, now)) {
            floor().admitted(message, now);
            serve(discipline, now);
        } else {
            policy.finished(now, 0, true);
            floor().turnedAway(message, Decision.REFUSED, "queue", 0, now);
        }
    }

    private void serve(Discipline order, long now) {
        List<Message> dropped = new ArrayList<>();
        boolean more = true;
        while (more && floor().idleServers() > 0) {
            Message next = order.poll(now, dropped);
            more = next != null;
            if (next != null) {
                floor().dispatched(next, now);
            }
        }
        for (Message each : dropped) {
            floor().abandoned(each, Outcome.EXPIRED, "expired", now);
            policy.finished(now, now - each.arrived(), true);
        }
    }

    @Override
    public void finish(Message message, Outcome outcome, long now) {
        policy.finished(now, now - message.arrived(), outcome != Outcome.COMPLETED);
        tick(now);
    }

    @Override
    public boolean cancel(Message message, long now) {
        return false;
    }

    @Override
    public void tick(long now) {
        if (discipline != null) {
            serve(discipline, now);
        }
    }
}
