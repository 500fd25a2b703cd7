package io.weir.gateway.admission;

/** Is notified what becomes of a request if that is not decided at once. Called on any thread, outside every lock. */
public interface AdmissionCallback {
    /** Its turn has come: it is to be forwarded now, and then ended. */
    void dispatched();

    /** The upstream has taken a cancellation of it while it is in flight: it may not respond any more. */
    void cancellationTaken();

    /**
     * It is {@linkplain Verdict.Paused held}, and may fit by now: {@link Verdict.Paused#offer} decides. Maybe before
     * the verdict is known, and more than once.
     */
    void drained();

    /** It will not be forwarded, and holds nothing any more: {@link RequestAdmission#removed} says why. */
    void removed();
}
