package io.weir.gateway.session;

import org.jspecify.annotations.Nullable;

/** Who sent a body, and is told what becomes of it if that is not decided at once. Its callbacks come on any thread. */
public interface AdmissionCallback {
    /** Who it is. */
    Client client();

    /** The session that the body belongs to, if an upstream issued it. */
    @Nullable
    Session session();

    /** How long it waits at most, in nanoseconds, beside what the messages say themselves; positive. */
    long patienceNanos();

    /** What waited has its turn: it is to be forwarded now, and then ended. */
    void dispatched();

    /** The upstream has taken a cancellation of what is in flight: it may not answer any more. */
    void cancellationTaken();

    /** What waited will not be forwarded, and holds nothing any more: {@link RequestAdmission#reject} says why. */
    void abandoned();
}
