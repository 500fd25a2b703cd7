package io.weir.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.schedule.Schedules;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Requests that enter, wait, leave and expire: for the places of tenants, and for the connections of several event
 * loops.
 */
class ShareSchedulesTest {
    private enum State {
        NEW,
        WAITS,
        HOLDS,
        OVER
    }

    private static final class Request {
        final long deadline;
        State state = State.NEW;

        Request(long deadline) {
            this.deadline = deadline;
        }

        void to(State from, State next) {
            assertThat(state).as("before it is " + next).isEqualTo(from);
            state = next;
        }
    }

    private static long count(List<Request> all, State state) {
        return all.stream().filter(each -> each.state == state).count();
    }

    @Test
    void places_areNeverExceeded_andEachRequestHasOneOutcome() {
        Schedules.run("places of tenants", random -> places(random, false));
    }

    @Test
    void placeThatIsFreedWhileItIsUsed_isFound() {
        Schedules.requireFound("a place that is freed while it is used", random -> places(random, true));
    }

    private static void places(SplittableRandom random, boolean freesUsed) {
        int places = 1 + random.nextInt(6);
        int maxWaiting = 1 + random.nextInt(12);
        TenantShares shares = new TenantShares(places, 1 + random.nextInt(maxWaiting), maxWaiting);
        List<Request> all = new ArrayList<>();
        List<TenantShares.Turn> turns = new ArrayList<>();
        long now = 0;
        for (int i = 0; i < 60; i++) {
            int pick = all.isEmpty() ? 0 : random.nextInt(all.size());
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    Request made = new Request(now + random.nextInt(50));
                    TenantShares.Turn turn = shares.turn(
                            "t" + random.nextInt(4), made.deadline, () -> made.to(State.WAITS, State.HOLDS), cause -> {
                                assertThat(made.state).isIn(State.NEW, State.WAITS);
                                made.state = State.OVER;
                            });
                    all.add(made);
                    turns.add(turn);
                    if (turn.enter()) {
                        made.to(State.NEW, State.HOLDS);
                    } else if (made.state == State.NEW) {
                        made.state = State.WAITS;
                    }
                }
                case 2, 3 -> {
                    if (!all.isEmpty()) {
                        Request left = all.get(pick);
                        boolean keeps = freesUsed && left.state == State.HOLDS;
                        left.state = keeps ? left.state : State.OVER;
                        turns.get(pick).leave();
                        // Again changes nothing.
                        turns.get(pick).leave();
                    }
                }
                default -> {
                    now += random.nextInt(40);
                    shares.expire(now);
                    for (Request each : all) {
                        assertThat(each.state == State.WAITS && each.deadline <= now)
                                .as("waits beyond its deadline")
                                .isFalse();
                    }
                }
            }
            assertThat(count(all, State.HOLDS)).as("places held").isLessThanOrEqualTo(places);
            assertThat(count(all, State.WAITS)).as("requests that wait").isLessThanOrEqualTo(maxWaiting);
            if (count(all, State.HOLDS) == 0) {
                assertThat(count(all, State.WAITS))
                        .as("requests that wait though nobody holds a place")
                        .isZero();
            }
        }
        turns.forEach(TenantShares.Turn::leave);
        all.forEach(each -> each.state = State.OVER);
        int entered = 0;
        for (int i = 0; i < places; i++) {
            entered += shares.turn("new", 0, () -> {}, cause -> {}).enter() ? 1 : 0;
        }
        assertThat(entered).as("places that one tenant gets when all are free").isEqualTo((places + 1) / 2);
    }

    @Test
    void connections_areNeverMoreThanTheLimit_andWhoWaitsIsServedInOrder() {
        Schedules.run("connections", ShareSchedulesTest::connections);
    }

    private static void connections(SplittableRandom random) {
        int max = 1 + random.nextInt(5);
        ConnectionLimit limit = new ConnectionLimit(max);
        List<Request> all = new ArrayList<>();
        List<ConnectionLimit.Waiter> waiters = new ArrayList<>();
        List<Request> order = new ArrayList<>();
        long now = 0;
        for (int i = 0; i < 60; i++) {
            int pick = all.isEmpty() ? 0 : random.nextInt(all.size());
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    Request made = new Request(now + random.nextInt(50));
                    ConnectionLimit.Waiter waiter = waiter(made, order);
                    all.add(made);
                    waiters.add(waiter);
                    if (limit.openOrWait(waiter)) {
                        made.to(State.NEW, State.HOLDS);
                    } else {
                        made.to(State.NEW, State.WAITS);
                        order.add(made);
                    }
                }
                case 2 -> {
                    if (!all.isEmpty() && all.get(pick).state == State.HOLDS) {
                        // Its connection is gone, or could not be made.
                        all.get(pick).state = State.OVER;
                        limit.closed();
                    }
                }
                case 3 -> {
                    if (!all.isEmpty()) {
                        boolean waited = all.get(pick).state == State.WAITS;
                        assertThat(limit.isWaiting(waiters.get(pick))).isEqualTo(waited);
                        assertThat(limit.leave(waiters.get(pick))).isEqualTo(waited);
                        if (waited) {
                            all.get(pick).state = State.OVER;
                            order.remove(all.get(pick));
                        }
                    }
                }
                default -> {
                    now += random.nextInt(40);
                    limit.expire(now);
                    for (Request each : order) {
                        assertThat(each.deadline)
                                .as("deadline of one that waits")
                                .isGreaterThan(now);
                    }
                }
            }
            assertThat(limit.open())
                    .as("connections")
                    .isEqualTo((int) count(all, State.HOLDS))
                    .isLessThanOrEqualTo(max);
            assertThat(limit.isWaitedFor()).isEqualTo(!order.isEmpty());
            assertThat(order.isEmpty() || limit.open() == max)
                    .as("nobody waits while there is room")
                    .isTrue();
        }
        for (Request each : new ArrayList<>(all)) {
            if (each.state == State.WAITS) {
                limit.leave(waiters.get(all.indexOf(each)));
            }
        }
        for (Request each : all) {
            if (each.state == State.HOLDS) {
                limit.closed();
            }
        }
        assertThat(limit.open()).as("connections in the end").isZero();
    }

    private static ConnectionLimit.Waiter waiter(Request made, List<Request> order) {
        return new ConnectionLimit.Waiter() {
            @Override
            public long deadline() {
                return made.deadline;
            }

            @Override
            public void open() {
                assertThat(order.remove(0)).as("who is next").isSameAs(made);
                made.to(State.WAITS, State.HOLDS);
            }

            @Override
            public void expire() {
                made.to(State.WAITS, State.OVER);
                order.remove(made);
            }

            @Override
            public boolean takes(UpstreamConnection connection) {
                return false;
            }
        };
    }
}
