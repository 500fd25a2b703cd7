package io.weir.cli;

import io.weir.config.ConfigException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints the statistics of a running gateway. */
@Command(
        name = "stats",
        mixinStandardHelpOptions = true,
        description = {
            "Prints what a running gateway holds and has decided.",
            "Reads /stats of the operator's port: pending messages, queues, and the counts of each tenant."
        },
        footer = {"", "Examples:", "  weir stats", "  weir stats --admin 127.0.0.1:9091"})
final class StatsCommand implements Callable<Integer> {
    private static final Pattern PORT = Pattern.compile("\\d+");
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--admin",
            paramLabel = "HOST:PORT",
            description = "The operator's port of the gateway, or the port alone (default 127.0.0.1:9090);"
                    + " https://HOST:PORT if it has TLS.")
    private String admin = "127.0.0.1:9090";

    @SuppressWarnings("NullAway.Init") // picocli injects
    private StatsCommand() {}

    @Override
    public Integer call() throws ConfigException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        URI url;
        try {
            url = URI.create(address() + "/stats");
        } catch (IllegalArgumentException e) {
            throw new ConfigException(List.of("--admin must be HOST:PORT, or a port alone, but is '" + admin + "'"));
        }
        try {
            HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(url).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                err.println("weir: " + url + " answered with status " + response.statusCode()
                        + ", which is not the operator's port of a gateway; --admin HOST:PORT names another one");
                return Weir.FAILED;
            }
            out.print(StatsTables.of(response.body()));
            out.flush();
            return 0;
        } catch (SSLException e) {
            err.println("weir: TLS with " + url + " failed: " + e.getMessage()
                    + "; the JDK's trust store must have its CA (-Djavax.net.ssl.trustStore in WEIR_JAVA_OPTS)");
            return Weir.FAILED;
        } catch (IOException e) {
            err.println("weir: no gateway answers at " + url + "; --admin HOST:PORT names another one");
            return Weir.FAILED;
        }
    }

    private String address() {
        if (admin.startsWith("https://")) {
            return admin;
        }
        return "http://" + (PORT.matcher(admin).matches() ? "127.0.0.1:" : "") + admin;
    }
}
