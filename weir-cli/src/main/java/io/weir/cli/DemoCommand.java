package io.weir.cli;

import io.weir.demo.Demo;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows what Weir does, on real input. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Shows the gateway at work, with servers and clients made with the official Java SDK.",
            "Clients of two tenants share a server; then one of them sends five times what its limit admits. Every request"
                    + " is accounted for at the end."
        },
        footer = {"", "Exit codes: 0 if every request was answered and accounted for, else 1."})
final class DemoCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--exit",
            description =
                    "End after the last check. Without it, the server and the gateway stay up until Ctrl-C, so that "
                            + "you can send requests yourself.")
    private boolean exit;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private DemoCommand() {}

    @Override
    public Integer call() throws Exception {
        if (DemoCommand.class.getClassLoader().getResource("io/weir/demo/Demo.class") == null) {
            spec.commandLine()
                    .getErr()
                    .println("weir: the demo is not on the class path; start it with the script ./weir");
            return Weir.FAILED;
        }
        // Its own output would be torn apart by lines of the log.
        Logging.configure("text", "error");
        return Demo.run(exit, System.out);
    }
}
