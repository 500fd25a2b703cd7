package io.weir.gateway.proxy;

import io.weir.core.Outcome;
import io.weir.core.Rejection;
import io.weir.gateway.admission.Exchange;
import org.jspecify.annotations.Nullable;

/** An exchange whose end is noted in the record of its request, as the core counts it. */
final class RecordedExchange implements Exchange {
    private final Exchange exchange;
    private final RequestRecord record;

    RecordedExchange(Exchange exchange, RequestRecord record) {
        this.exchange = exchange;
        this.record = record;
    }

    @Override
    public void end(Outcome outcome, long now) {
        exchange.end(outcome, now);
        record.ended(outcome, now);
    }

    @Override
    public long abandon(Outcome outcome, long now) {
        long held = exchange.abandon(outcome, now);
        record.ended(outcome, now);
        return held;
    }

    @Override
    public Exchange slot() {
        return exchange;
    }

    @Override
    public boolean withdraw(long now) {
        return exchange.withdraw(now);
    }

    @Override
    public @Nullable Rejection rejection() {
        return exchange.rejection();
    }
}
