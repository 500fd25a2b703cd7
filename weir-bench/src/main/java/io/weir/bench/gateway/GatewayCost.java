package io.weir.bench.gateway;

import io.weir.bench.Median;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Measures the CPU time that a proxied request costs each proxy's process, user and kernel, in rounds that visit the
 * proxies in turn, after a warm-up. Loopback only; ends within six minutes and leaves no process behind.
 */
public final class GatewayCost {
    private static final int WARM_UP_REQUESTS = 150_000;
    private static final int WARM_UP_SECONDS = 50;
    private static final int SLICE_SECONDS = 5;
    private static final long MAX_SECONDS = 330;
    private static final int EVENT_LOOPS = 2;

    private final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MAX_SECONDS);
    private final BenchEnvironment workplace;
    private final int upstream = BenchEnvironment.freePort();
    private final List<ProxyUnderTest> subjects = new ArrayList<>();

    private GatewayCost(BenchEnvironment workplace) throws IOException {
        this.workplace = workplace;
    }

    /** Takes the number of rounds. */
    public static void main(String[] args) throws IOException, InterruptedException {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 7;
        String nginx = required("nginx");
        String wrk = required("wrk");
        try (BenchEnvironment workplace = new BenchEnvironment()) {
            new GatewayCost(workplace).measure(rounds, nginx, wrk);
        }
    }

    private static String required(String executable) {
        String place = BenchEnvironment.find(executable);
        if (place == null) {
            System.err.println(
                    executable + " is missing: apt-get install --no-install-recommends nginx-light wrk haproxy");
            System.exit(1);
            throw new IllegalStateException();
        }
        return place;
    }

    private void measure(int rounds, String nginx, String wrk) throws IOException, InterruptedException {
        String upstreamPort = Integer.toString(upstream);
        String configuration = workplace
                .write("nginx.conf", Map.of("upstream", upstreamPort, "answer", Call.ANSWER))
                .toString();
        workplace.start(upstream, List.of(nginx, "-e", "stderr", "-c", configuration));
        startProxies();
        Load load = new Load(workplace, wrk, upstream);
        for (ProxyUnderTest subject : subjects) {
            load.check(subject);
            warmUp(load, subject);
        }
        int done = 0;
        while (done < rounds && System.nanoTime() - deadline < 0) {
            for (ProxyUnderTest subject : subjects) {
                round(load, subject);
            }
            done++;
        }
        print(done);
    }

    private void startProxies() throws IOException, InterruptedException {
        startJava("bare Vert.x proxy", BareVertxProxy.class, BareVertxProxy.GATHERING);
        startJava("Weir gateway, all limits on", WeirGateway.class);
        startJava("bare Vert.x proxy, streaming", BareVertxProxy.class, BareVertxProxy.STREAMING);
        startJava("bare Reactor Netty proxy", BareReactorProxy.class);
        String haproxy = BenchEnvironment.find("haproxy");
        if (haproxy == null) {
            System.err.println("haproxy is missing and left out");
            return;
        }
        int port = BenchEnvironment.freePort();
        String configuration = workplace
                .write("haproxy.cfg", Map.of("port", Integer.toString(port), "upstream", Integer.toString(upstream)))
                .toString();
        subjects.add(new ProxyUnderTest(
                "HAProxy", port, workplace.start(port, List.of(haproxy, "-q", "-db", "-f", configuration))));
    }

    private void startJava(String name, Class<?> main, String... more) throws IOException, InterruptedException {
        int port = BenchEnvironment.freePort();
        List<String> arguments = new ArrayList<>(
                List.of(Integer.toString(port), Integer.toString(upstream), Integer.toString(EVENT_LOOPS)));
        arguments.addAll(List.of(more));
        Process process = workplace.startJava(port, main, arguments.toArray(String[]::new));
        subjects.add(new ProxyUnderTest(name, port, process));
    }

    private static void warmUp(Load load, ProxyUnderTest subject) throws IOException, InterruptedException {
        long requests = 0;
        for (int seconds = 0; seconds < WARM_UP_SECONDS && requests < WARM_UP_REQUESTS; seconds += SLICE_SECONDS) {
            requests += load.run(subject, SLICE_SECONDS);
        }
        System.err.printf("%s: warmed up with %,d requests%n", subject.name, requests);
    }

    private static void round(Load load, ProxyUnderTest subject) throws IOException, InterruptedException {
        double before = subject.cpuMicros();
        long requests = load.run(subject, SLICE_SECONDS);
        subject.microsPerRequest.add((subject.cpuMicros() - before) / requests);
        subject.requestsPerSecond.add((double) requests / SLICE_SECONDS);
    }

    private void print(int rounds) {
        ProxyUnderTest bare = subjects.get(0);
        System.out.printf(
                "JDK %s, %d processors, %d rounds of %d s, %d connections%n%n",
                Runtime.version(), Runtime.getRuntime().availableProcessors(), rounds, SLICE_SECONDS, Load.CONNECTIONS);
        System.out.println(
                "| proxy | CPU µs a request, median | range | × bare Vert.x, median of pairs | requests/s |");
        System.out.println("|---|---|---|---|---|");
        for (ProxyUnderTest subject : subjects) {
            List<Double> ratios = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                ratios.add(subject.microsPerRequest.get(round) / bare.microsPerRequest.get(round));
            }
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.1f | %.1f-%.1f | %.2f | %.0f |%n",
                    subject.name,
                    Median.of(subject.microsPerRequest),
                    subject.microsPerRequest.stream().mapToDouble(d -> d).min().orElse(0),
                    subject.microsPerRequest.stream().mapToDouble(d -> d).max().orElse(0),
                    Median.of(ratios),
                    Median.of(subject.requestsPerSecond));
        }
    }
}
