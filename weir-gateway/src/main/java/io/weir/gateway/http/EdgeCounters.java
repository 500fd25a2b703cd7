package io.weir.gateway.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What the edge has seen, besides the messages that the admission counts. Thread-safe. */
public final class EdgeCounters {
    public final LongAdder connectionsOpened = new LongAdder();
    public final LongAdder handshakesFailed = new LongAdder();
    public final LongAdder malformedRequests = new LongAdder();
    public final LongAdder unauthorized = new LongAdder();
    public final LongAdder clientTimeouts = new LongAdder();
    public final LongAdder slowReaders = new LongAdder();
    public final LongAdder headsOverBudget = new LongAdder();
    public final LongAdder tlsRecordsOverBudget = new LongAdder();
    public final LongAdder bodiesOverBudget = new LongAdder();
    public final LongAdder answersOverBudget = new LongAdder();
    public final LongAdder clientsGone = new LongAdder();
    public final LongAdder upstreamFailures = new LongAdder();
    public final LongAdder upstreamTimeouts = new LongAdder();
    public final LongAdder sessionsExpired = new LongAdder();
    public final LongAdder sessionsAgedOut = new LongAdder();
    public final LongAdder connectionsAgedOut = new LongAdder();
    public final LongAdder requestsAgedOut = new LongAdder();
    public final LongAdder initializesLimited = new LongAdder();
    public final LongAdder controlClosed = new LongAdder();
    public final LongAdder gets = new LongAdder();
    public final LongAdder getsRefused = new LongAdder();
    public final LongAdder deletes = new LongAdder();
    public final LongAdder deletesRefused = new LongAdder();
    public final LongAdder metadataRequests = new LongAdder();
    public final LongAdder metadataRefused = new LongAdder();
    public final LongAdder clientsRefused = new LongAdder();
    public final LongAdder backpressureNotifications = new LongAdder();

    /** Every counter by name. */
    public Map<String, Long> values() {
        Map<String, Long> values = new LinkedHashMap<>();
        values.put("connections_opened", connectionsOpened.sum());
        values.put("tls_handshakes_failed", handshakesFailed.sum());
        values.put("malformed_requests", malformedRequests.sum());
        values.put("unauthorized", unauthorized.sum());
        values.put("client_timeouts", clientTimeouts.sum());
        values.put("slow_readers", slowReaders.sum());
        values.put("heads_over_budget", headsOverBudget.sum());
        values.put("tls_records_over_budget", tlsRecordsOverBudget.sum());
        values.put("bodies_over_budget", bodiesOverBudget.sum());
        values.put("answers_over_budget", answersOverBudget.sum());
        values.put("clients_gone", clientsGone.sum());
        values.put("upstream_failures", upstreamFailures.sum());
        values.put("upstream_timeouts", upstreamTimeouts.sum());
        values.put("sessions_expired", sessionsExpired.sum());
        values.put("sessions_aged_out", sessionsAgedOut.sum());
        values.put("connections_aged_out", connectionsAgedOut.sum());
        values.put("requests_aged_out", requestsAgedOut.sum());
        values.put("initializes_limited", initializesLimited.sum());
        values.put("control_closed", controlClosed.sum());
        values.put("gets", gets.sum());
        values.put("gets_refused", getsRefused.sum());
        values.put("deletes", deletes.sum());
        values.put("deletes_refused", deletesRefused.sum());
        values.put("metadata_requests", metadataRequests.sum());
        values.put("metadata_refused", metadataRefused.sum());
        values.put("clients_refused", clientsRefused.sum());
        values.put("backpressure_notifications", backpressureNotifications.sum());
        return values;
    }
}
