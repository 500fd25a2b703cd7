package io.weir.cli;

import io.weir.demo.Demo;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows what Weir does, on real input. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description =
                "Starts an MCP server made with the official Java SDK and the gateway in front of it, lets the official "
                        + "client offer five times what the limits admit, and accounts for every request.")
final class DemoCommand implements Callable<Integer> {
    @Option(
            names = "--exit",
            description = "End after the burst: 0 if every request was answered and accounted for, else 1. Without it, "
                    + "everything stays up to be tried, until Ctrl-C.")
    private boolean exit;

    @Override
    public Integer call() throws Exception {
        Logging.configure("text");
        return Demo.run(exit, System.out);
    }
}
