package io.weir.examples;

import io.weir.core.Permit;
import io.weir.core.Rejection;
import io.weir.core.config.Profile;
import io.weir.core.limiter.Limiter;

/** A session may have two calls at a time; the third one is rejected. */
public final class Limits {
    private Limits() {}

    public static void main(String[] arguments) {
        Limiter limiter =
                Limiter.builder().profile(Profile.PRODUCTION).maxMessages(2).build();
        serve(limiter, 1);
    }

    private static void serve(Limiter limiter, int depth) {
        var result = limiter.tryAcquire("acme", "session-1", 300);
        if (result instanceof Permit permit) {
            try (permit) {
                System.out.println("call " + depth + " runs");
                serve(limiter, depth + 1); // stands for a call that arrives meanwhile
                permit.completed();
            }
        } else if (result instanceof Rejection no) {
            System.out.println(
                    "call " + depth + " is rejected: " + no.reason() + ", " + no.current() + " of " + no.limit());
        }
    }
}
