package io.weir.cli;

import io.weir.config.ConfigException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Drains a running gateway and waits until it has stopped. */
@Command(
        name = "drain",
        mixinStandardHelpOptions = true,
        description = {
            "Stops a running gateway as SIGTERM does, and waits until it has stopped.",
            "It accepts nothing new; what is pending has edge.shutdown_timeout_ms to end, and what is left gets an error.",
            "Exit codes: 0 stopped, 1 not running or still there long after its time, 2 wrong usage."
        },
        footer = {"", "Examples:", "  weir drain", "  weir drain --admin 127.0.0.1:9091"})
final class DrainCommand implements Callable<Integer> {
    private static final long POLL_MILLIS = 100;
    private static final Duration GRACE = Duration.ofSeconds(20);

    @Spec
    private CommandSpec spec;

    @Mixin
    private AdminOptions gateway;

    @Mixin
    private AdminOptions.Token token;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private DrainCommand() {}

    @Override
    public Integer call() throws ConfigException, IOException, InterruptedException, AdminOptions.UnreachableException {
        HttpResponse<String> response = gateway.post("/drain", token.read());
        if (response.statusCode() != 202) {
            return failed(AdminOptions.refusal(response));
        }
        PrintWriter out = spec.commandLine().getOut();
        long millis =
                Long.parseLong(JsonTree.text(JsonTree.child(JsonTree.parse(response.body()), "shutdown_timeout_ms")));
        out.println("draining: nothing new is accepted, and what is pending has " + millis + " ms");
        out.flush();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis) + GRACE.toNanos();
        while (System.nanoTime() - end < 0) {
            if (isGone()) {
                out.println("stopped");
                out.flush();
                return 0;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return failed("the gateway still answers, long after its time to stop; a second SIGTERM ends it at once");
    }

    private boolean isGone() throws ConfigException, InterruptedException {
        try {
            gateway.get("/healthz", List.of(200));
            return false;
        } catch (AdminOptions.UnreachableException e) {
            return true;
        }
    }

    private int failed(String message) {
        spec.commandLine().getErr().println("weir: " + message);
        return Weir.FAILED;
    }
}
