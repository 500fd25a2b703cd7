package io.weir.verify.faults;

/** What happens to the core that an orderly world would not do to it. Every one must have happened over the seeds of a run. */
public enum Fault {
    CANCEL_WHILE_QUEUED,
    CANCEL_RACES_COMPLETION,
    DUPLICATE_COMPLETION,
    LATE_COMPLETION_OF_A_CANCELLED,
    UPSTREAM_FAILS,
    UPSTREAM_NEVER_ENDS,
    HANDLER_THROWS,
    EXECUTOR_REJECTS,
    DEADLINE_TIE,
    CLOCK_JUMPS_FORWARD,
    CLOCK_STEPS_BACK,
    CONNECTION_RESET,
    RELOAD,
    RELOAD_LOWERS_A_LIMIT_BELOW_WHAT_IS_HELD,
    INVALID_RELOAD,
    CLEAN_UP,
    BATCH_LARGER_THAN_THE_CAPACITY,
    LIMIT_OF_ZERO,
    LIMIT_OF_ONE,
    LIMIT_OF_THE_MAXIMUM,
    CIRCUIT_OPENS,
    CLOSE_WHILE_QUEUED
}
