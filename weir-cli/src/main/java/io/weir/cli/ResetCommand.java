package io.weir.cli;

import io.weir.config.ConfigException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Resets a connection of a running gateway. */
@Command(
        name = "reset",
        mixinStandardHelpOptions = true,
        description = {
            "Takes all that a connection has waiting out of the queues of a running gateway.",
            "Each request is answered with an error, reason reset; what a server works on goes on. The connection's counters"
                    + " start again, and it is not closed."
        },
        footer = {"", "Examples:", "  weir reset 9c1185a5c5e9fc54", "  weir reset 10.1.2.3"})
final class ResetCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private AdminOptions gateway;

    @Mixin
    private AdminOptions.Token token;

    @Parameters(
            paramLabel = "CONNECTION",
            description =
                    "The id that 'weir connections' prints, or the connection as it prints it if that is one alone.")
    private String connection;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private ResetCommand() {}

    @Override
    public Integer call() throws ConfigException, IOException, InterruptedException, AdminOptions.UnreachableException {
        HttpResponse<String> response =
                gateway.post("/connections/" + AdminOptions.encode(connection) + "/reset", token.read());
        if (response.statusCode() != 200) {
            spec.commandLine().getErr().println("weir: " + AdminOptions.refusal(response));
            return Weir.FAILED;
        }
        Object answer = JsonTree.parse(response.body());
        PrintWriter out = spec.commandLine().getOut();
        out.println(
                "reset " + AdminTables.plain(answer, "connection") + " of tenant " + AdminTables.plain(answer, "tenant")
                        + ": " + AdminTables.plain(answer, "removed") + " removed from the queues");
        out.flush();
        return 0;
    }
}
