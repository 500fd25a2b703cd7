package io.weir.bench.retry;

import java.util.ArrayList;
import java.util.List;

/**
 * A load that one limit refuses a part of.
 *
 * @param title what the table calls it
 * @param reason the reason of the refusals that count
 * @param service how long the upstream takes
 * @param template the scenario, with {@code SEED} and {@code SERVICE}
 */
record RetryCase(String title, String reason, String service, String template) {
    private static final List<String> SECOND = List.of("constant 1s", "exponential 1s", "lognormal 1s 1.0");

    /** Half of what fits for 20 s, then 100 at once, then nothing. */
    private static final String BURST =
            "phases: [{at: 0s, rate: 10/s}, {at: 20s, rate: 1000/s}, {at: 20.1s, rate: 0/s}], deadline: 10m, retries: 1";

    static List<RetryCase> all() {
        List<RetryCase> all = new ArrayList<>();
        for (String service : SECOND) {
            pending(all, service);
        }
        for (String service : List.of("constant 30s", "exponential 30s", "lognormal 30s 1.0")) {
            add(
                    all,
                    "connection_messages, calls of 30 s",
                    "connection_messages",
                    service,
                    "queue_limits: {max_messages: 20}",
                    "kind: delay, service_time: SERVICE",
                    "a: {phases: [{at: 0s, rate: 0.3/s}, {at: 300s, rate: 1000/s}, {at: 300.1s, rate: 0/s}], deadline: 10m,"
                            + " retries: 1}");
        }
        for (String service : SECOND) {
            add(
                    all,
                    "connection_messages, cold start",
                    "connection_messages",
                    service,
                    "queue_limits: {max_messages: 20}",
                    "kind: delay, service_time: SERVICE",
                    "a: {arrivals: burst, burst_size: 100, rate: 100/s, max_messages: 100, deadline: 10m, retries: 1}");
        }
        for (String service : List.of("constant 100ms", "exponential 100ms", "lognormal 100ms 1.0")) {
            queues(all, service);
        }
        return all;
    }

    private static void pending(List<RetryCase> all, String service) {
        String delay = "kind: delay, service_time: SERVICE";
        add(all, "connection_messages", service, "queue_limits: {max_messages: 20}", delay, "a: {" + BURST + "}");
        add(
                all,
                "connection_bytes",
                service,
                "queue_limits: {max_bytes: 20000}",
                delay,
                "a: {request_size: 1000, " + BURST + "}");
        add(
                all,
                "tenant_messages",
                service,
                "queue_limits: {tenant_max_messages: 20}",
                delay,
                "a: {connections: 10, " + BURST + "}");
        add(
                all,
                "tenant_bytes",
                service,
                "queue_limits: {tenant_max_bytes: 20000}",
                delay,
                "a: {connections: 10, request_size: 1000, " + BURST + "}");
        add(
                all,
                "global_messages",
                service,
                "queue_limits: {global_max_messages: 20}",
                delay,
                "a: {connections: 10, tenants: 10, " + BURST + "}");
        add(
                all,
                "global_bytes",
                service,
                "queue_limits: {global_max_bytes: 20000}",
                delay,
                "a: {connections: 10, tenants: 10, request_size: 1000, " + BURST + "}");
        add(
                all,
                "priority",
                service,
                "queue_limits: {max_messages: 40}",
                delay,
                "a: {phases: [{at: 0s, rate: 10/s}, {at: 20s, rate: 1000/s}, {at: 20.03s, rate: 0/s}], deadline: 10m},"
                        + " b: {tenant: a, priority: background, connections: 1,"
                        + " phases: [{at: 20.04s, rate: 1000/s}, {at: 20.1s, rate: 0/s}], deadline: 10m, retries: 1}");
    }

    private static void queues(List<RetryCase> all, String service) {
        String burst =
                "phases: [{at: 0s, rate: 20/s}, {at: 20s, rate: 400/s}, {at: 21s, rate: 0/s}], deadline: 20s, retries: 1";
        add(
                all,
                "wait",
                service,
                "profile: production",
                "servers: 4, service_time: SERVICE",
                "a: {phases: [{at: 0s, rate: 20/s}, {at: 20s, rate: 80/s}, {at: 60s, rate: 0/s}], deadline: 10s, retries: 1}");
        add(
                all,
                "wait, 10 tenants, capacity 4",
                "wait",
                service,
                "profile: production",
                "servers: 4, capacity: 4, service_time: SERVICE",
                "a: {connections: 10, tenants: 10, " + burst + "}");
        String many = "phases: [{at: 1s, rate: 5000/s}, {at: 1.1s, rate: 0/s}], deadline: 10m, retries: 1";
        add(
                all,
                "rate",
                service,
                "backpressure: {max_messages_per_sec: 100, burst_multiplier: 1.0}",
                "kind: delay, service_time: SERVICE",
                "a: {" + many + "}");
        add(
                all,
                "tenant_rate",
                service,
                "backpressure: {tenant_max_messages_per_sec: 100, burst_multiplier: 1.0}",
                "kind: delay, service_time: SERVICE",
                "a: {connections: 10, " + many + "}");
        circuit(all, "circuit_open, server back at once", service, "20.4s");
        circuit(all, "circuit_open, server still down", service, "23.5s");
    }

    private static void circuit(List<RetryCase> all, String title, String service, String back) {
        add(
                all,
                title,
                "circuit_open",
                service,
                "profile: production",
                "servers: 20, service_time: SERVICE, changes: [{at: 20s, state: down}, {at: " + back + ", state: up}]",
                "a: {connections: 10, tenants: 10, phases: [{at: 0s, rate: 100/s}, {at: 20.8s, rate: 0/s}], deadline: 10m,"
                        + " retries: 1}");
    }

    private static void add(
            List<RetryCase> all, String reason, String service, String limits, String upstream, String clients) {
        add(all, reason, reason, service, limits, upstream, clients);
    }

    private static void add(
            List<RetryCase> all,
            String title,
            String reason,
            String service,
            String limits,
            String upstream,
            String clients) {
        String template = "duration: 400s\nseed: SEED\n" + limits + "\nupstream: {" + upstream + "}\nclients: {"
                + clients + "}\n";
        all.add(new RetryCase(title, reason, service, template));
    }

    String yaml(long seed) {
        return template.replace("SEED", String.valueOf(seed)).replace("SERVICE", service);
    }
}
