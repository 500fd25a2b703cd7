package io.weir.verify.faults;

import java.util.SplittableRandom;

/**
 * One event of a run, in numbers alone: which message or connection it is about is found by counting, so that a run
 * stays meaningful when events are taken out of it.
 *
 * @param kind what happens
 * @param a what it means depends on the kind, as that of the others
 */
record Event(Kind kind, int a, int b, int c, int d) {
    enum Kind {
        OFFER(40),
        FINISH(30),
        FINISH_AGAIN(3),
        CANCEL(6),
        CANCEL_IN_FLIGHT(2),
        ABANDON(4),
        STOP_ABANDONED(2),
        HANG(1),
        TICK(14),
        TICK_TO_A_DEADLINE(2),
        JUMP(1),
        STEP_BACK(1),
        RESET(1),
        UPDATE(2),
        INVALID_UPDATE(1),
        CLEAN_UP(1);

        private final int weight;

        Kind(int weight) {
            this.weight = weight;
        }
    }

    private static final int ALL = all();

    private static int all() {
        int sum = 0;
        for (Kind kind : Kind.values()) {
            sum += kind.weight;
        }
        return sum;
    }

    /** Draws one; {@code without} is a set of kinds that this run does without, by bit. */
    @SuppressWarnings("EnumOrdinal") // a bit that never leaves the run
    static Event draw(SplittableRandom random, long without) {
        for (; ; ) {
            int left = random.nextInt(ALL);
            for (Kind kind : Kind.values()) {
                left -= kind.weight;
                if (left < 0) {
                    if ((without >> kind.ordinal() & 1) == 1) {
                        break;
                    }
                    return new Event(
                            kind,
                            random.nextInt(1 << 20),
                            random.nextInt(1 << 20),
                            random.nextInt(1 << 20),
                            random.nextInt(1 << 20));
                }
            }
        }
    }
}
