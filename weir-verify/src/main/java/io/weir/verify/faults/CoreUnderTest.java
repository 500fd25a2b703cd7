package io.weir.verify.faults;

import io.weir.core.Outcome;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.WeirConfigBuilder;
import io.weir.core.queue.Offer;
import io.weir.core.queue.UpstreamQueue;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** The production core, as a run drives it. A planted bug is a subclass that does one thing wrong. */
public class CoreUnderTest {
    final Admission admission;
    final UpstreamQueue queue;

    CoreUnderTest(Setting setting, Run run, long now) {
        this.admission = new Admission(setting.config(), PressureListener.NONE);
        this.queue = new UpstreamQueue("up", admission, setting.policy(), run::circuitMoved, null, now);
    }

    Offer make(Sent sent, Offer.Handler handler, long now) {
        Connection connection = admission.connection(sent.tenant, sent.connection, now);
        return new Offer(
                connection, sent.work, sent.messages, sent.bytes, sent.priority, sent.ttl, sent.weight, handler);
    }

    Decision offer(Sent sent, long now) {
        return queue.offer(offerOf(sent), now);
    }

    boolean finish(Sent sent, Outcome outcome, long now) {
        return queue.finish(offerOf(sent), outcome, now);
    }

    long abandon(Sent sent, Outcome outcome, long now) {
        return queue.abandon(offerOf(sent), outcome, now);
    }

    boolean cancel(Sent sent, long now) {
        return queue.cancel(offerOf(sent), now);
    }

    void update(UnaryOperator<WeirConfigBuilder> limits, UnaryOperator<WeirConfigBuilder> rest) {
        admission.update(b -> rest.apply(limits.apply(b)));
    }

    static Offer offerOf(Sent sent) {
        return Objects.requireNonNull(sent.offer);
    }
}
