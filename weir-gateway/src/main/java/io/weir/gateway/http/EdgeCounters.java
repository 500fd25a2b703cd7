package io.weir.gateway.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What the edge has seen, besides the messages that the admission counts. Thread-safe. */
public final class EdgeCounters {
    final LongAdder connectionsOpened = new LongAdder();
    final LongAdder connectionsRefused = new LongAdder();
    final LongAdder streamsRefused = new LongAdder();
    final LongAdder malformedRequests = new LongAdder();
    final LongAdder unauthorized = new LongAdder();
    final LongAdder clientTimeouts = new LongAdder();
    final LongAdder slowReaders = new LongAdder();
    final LongAdder headsOverBudget = new LongAdder();
    final LongAdder bodiesOverBudget = new LongAdder();
    final LongAdder answersOverBudget = new LongAdder();
    final LongAdder clientsGone = new LongAdder();
    final LongAdder upstreamFailures = new LongAdder();
    final LongAdder upstreamTimeouts = new LongAdder();
    final LongAdder sessionsExpired = new LongAdder();
    final LongAdder initializesLimited = new LongAdder();
    final LongAdder controlClosed = new LongAdder();
    final LongAdder gets = new LongAdder();
    final LongAdder getsRefused = new LongAdder();
    final LongAdder deletes = new LongAdder();
    final LongAdder deletesRefused = new LongAdder();
    final LongAdder clientsRefused = new LongAdder();

    /** Every counter by name. */
    public Map<String, Long> values() {
        Map<String, Long> values = new LinkedHashMap<>();
        values.put("connections_opened", connectionsOpened.sum());
        values.put("connections_refused", connectionsRefused.sum());
        values.put("streams_refused", streamsRefused.sum());
        values.put("malformed_requests", malformedRequests.sum());
        values.put("unauthorized", unauthorized.sum());
        values.put("client_timeouts", clientTimeouts.sum());
        values.put("slow_readers", slowReaders.sum());
        values.put("heads_over_budget", headsOverBudget.sum());
        values.put("bodies_over_budget", bodiesOverBudget.sum());
        values.put("answers_over_budget", answersOverBudget.sum());
        values.put("clients_gone", clientsGone.sum());
        values.put("upstream_failures", upstreamFailures.sum());
        values.put("upstream_timeouts", upstreamTimeouts.sum());
        values.put("sessions_expired", sessionsExpired.sum());
        values.put("initializes_limited", initializesLimited.sum());
        values.put("control_closed", controlClosed.sum());
        values.put("gets", gets.sum());
        values.put("gets_refused", getsRefused.sum());
        values.put("deletes", deletes.sum());
        values.put("deletes_refused", deletesRefused.sum());
        values.put("clients_refused", clientsRefused.sum());
        return values;
    }
}
