package io.weir.examples.compared;

import io.weir.core.Acquisition;
import io.weir.core.Permit;
import io.weir.core.Rejection;
import io.weir.core.limiter.Limiter;
import java.math.BigDecimal;

final class WithWeir implements Guarded {
    private final Limiter limiter = Limiter.builder()
            .maxMessages(10)
            .configure(config -> config.maxMessagesPerSec(20).burstMultiplier(BigDecimal.ONE))
            .build();
    private final Server server;

    WithWeir(Server server) {
        this.server = server;
    }

    @Override
    public String call(String tenant, String session, byte[] request) {
        Acquisition result = limiter.tryAcquire(tenant, session, request.length);
        if (result instanceof Rejection no) {
            return "rejected: " + no.reason() + ", retry after " + no.retryAfter();
        }
        try (Permit permit = (Permit) result) {
            String response = server.call(request);
            permit.completed();
            return response;
        }
    }
}
