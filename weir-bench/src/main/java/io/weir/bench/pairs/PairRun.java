package io.weir.bench.pairs;

import io.weir.bench.gateway.BenchEnvironment;
import io.weir.cli.Weir;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Measures a pair: a gateway with a decision log, the prediction from that log, and a gateway with the other
 * configuration, each a process of its own.
 *
 * @param offered how many calls each run was offered
 * @param before measured under the logged configuration
 * @param predicted from its log for the other one
 * @param after measured under the other one
 */
record PairRun(long offered, Result before, Prediction predicted, Result after) {
    /** @throws Exception if a process does not start, or ends with an error */
    static PairRun of(Pair pair) throws Exception {
        try (BenchEnvironment workplace = new BenchEnvironment()) {
            return new Stage(workplace, pair).run();
        }
    }

    private static final class Stage {
        private final BenchEnvironment workplace;
        private final Pair pair;
        private final List<Arrival> arrivals;
        private final Path log;

        Stage(BenchEnvironment workplace, Pair pair) {
            this.workplace = workplace;
            this.pair = pair;
            this.arrivals = pair.traffic().arrivals();
            this.log = workplace.directory().resolve("decisions.jsonl");
        }

        PairRun run() throws Exception {
            Result before;
            try (Upstream server = pair.shape().start()) {
                before = measure(config("logged", server.url(), pair.logged()), "--decision-log", log.toString());
            }
            try (Upstream server = pair.shape().start()) {
                Path asked = config("asked", server.url(), pair.asked());
                Prediction predicted = predict(asked);
                return new PairRun(arrivals.size(), before, predicted, measure(asked));
            }
        }

        private Path config(String name, URI upstream, String more) throws IOException {
            Set<String> tenants = new TreeSet<>();
            arrivals.forEach(arrival -> tenants.add(arrival.tenant()));
            StringBuilder keys = new StringBuilder();
            for (String tenant : tenants) {
                keys.append(tenant + ":sha256:" + sha256(tenant) + '\n');
            }
            Path file = Files.writeString(workplace.directory().resolve("keys"), keys);
            String text = "upstreams:\n  server:\n    url: " + upstream + '\n' + more + "tenants:\n  api_keys_file: "
                    + file + '\n';
            return Files.writeString(workplace.directory().resolve(name + ".yaml"), text);
        }

        private static String sha256(String key) {
            try {
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                return HexFormat.of().formatHex(digest.digest(key.getBytes(StandardCharsets.US_ASCII)));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        }

        private Result measure(Path config, String... options) throws IOException, InterruptedException {
            int port = BenchEnvironment.freePort();
            List<String> command = weir("gateway", "--config", config.toString());
            command.addAll(
                    List.of("--http", "127.0.0.1:" + port, "--admin", "127.0.0.1:" + BenchEnvironment.freePort()));
            command.addAll(List.of(options));
            // It logs what it rejects, which is counted at the client.
            Process gateway =
                    workplace.start(port, new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD));
            try (LoadClient client = new LoadClient(port)) {
                return client.run(arrivals);
            } finally {
                workplace.stop(gateway);
            }
        }

        private Prediction predict(Path config) throws IOException, InterruptedException {
            List<String> command = weir("replay", log.toString(), "--config", config.toString());
            Process replay = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String text = new String(replay.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (replay.waitFor() != 0) {
                throw new IOException("Ended with an error: " + String.join(" ", command));
            }
            return Prediction.of(text);
        }

        private static List<String> weir(String... arguments) {
            List<String> command = new ArrayList<>(List.of(
                    System.getProperty("java.home") + "/bin/java",
                    "-Xmx256m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Weir.class.getName()));
            command.addAll(List.of(arguments));
            return command;
        }
    }
}
