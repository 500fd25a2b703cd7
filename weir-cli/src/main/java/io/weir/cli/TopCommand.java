package io.weir.cli;

import io.weir.config.ConfigException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows what a running gateway does, again and again. */
@Command(
        name = "top",
        mixinStandardHelpOptions = true,
        description = {
            "Shows what a running gateway does now: what is pending, rates, rejections by reason, the queues, and the tenants"
                    + " and connections with the most pending.",
            "In a terminal the screen is drawn again each time, until Ctrl-C; elsewhere each picture follows the one before."
        },
        footer = {"", "Examples:", "  weir top", "  weir top --interval 5 --rows 20", "  weir top --once"})
final class TopCommand implements Callable<Integer> {
    private static final String CLEAR = "\u001b[2J";
    private static final String HOME = "\u001b[H";
    private static final String CLEAR_LINE = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";
    private static final int MAX_ROWS = 1000;
    private static final int MAX_SECONDS = 3600;

    @Spec
    private CommandSpec spec;

    @Mixin
    private AdminOptions gateway;

    @Option(names = "--interval", paramLabel = "SECONDS", description = "How often, 1 to 3600 (default 2).")
    private int interval = 2;

    @Option(
            names = "--rows",
            paramLabel = "N",
            description = "How many tenants and connections, 1 to 1000 (default 10).")
    private int rows = 10;

    @Option(names = "--once", description = "Shows it once, with the rates of one interval, and ends.")
    private boolean once;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private TopCommand() {}

    @Override
    public Integer call() throws ConfigException, IOException, InterruptedException, AdminOptions.UnreachableException {
        if (interval < 1 || interval > MAX_SECONDS || rows < 1 || rows > MAX_ROWS) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--interval must be 1 to " + MAX_SECONDS + ", and --rows 1 to " + MAX_ROWS);
        }
        PrintWriter out = spec.commandLine().getOut();
        boolean terminal = !once && CommandLine.Help.Ansi.AUTO.enabled();
        if (terminal) {
            out.print(CLEAR);
        }
        TopSample before = sample();
        do {
            TimeUnit.SECONDS.sleep(interval);
            TopSample now = sample();
            String picture = TopPicture.of(gateway.named(), before, now);
            out.print(
                    terminal
                            ? HOME
                                    + picture.replace(System.lineSeparator(), CLEAR_LINE + System.lineSeparator())
                                    + CLEAR_BELOW
                            : picture + (once ? "" : System.lineSeparator()));
            out.flush();
            before = now;
        } while (!once);
        return 0;
    }

    private TopSample sample()
            throws ConfigException, IOException, InterruptedException, AdminOptions.UnreachableException {
        String page = "?sort=messages&limit=" + rows;
        return new TopSample(
                System.nanoTime(),
                JsonTree.parse(gateway.get("/readyz", List.of(200, 503))),
                JsonTree.parse(gateway.get("/limits", List.of(200))),
                JsonTree.parse(gateway.get("/stats", List.of(200))),
                JsonTree.parse(gateway.asked("/tenants" + page)),
                JsonTree.parse(gateway.asked("/connections" + page)));
    }
}
