package io.weir.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints a script with which a shell completes the command. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = "Prints a script with which a shell completes commands, options and files.",
        footer = {
            "",
            "Examples:",
            "  source <(weir completion bash)",
            "  weir completion zsh > ~/.weir-completion.zsh   # then source it in ~/.zshrc",
            "  weir completion fish > ~/.config/fish/completions/weir.fish"
        })
final class CompletionCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish.")
    private String shell;

    @SuppressWarnings("NullAway.Init") // picocli injects
    private CompletionCommand() {}

    @Override
    public Integer call() {
        CommandLine weir = spec.root().commandLine();
        String script = switch (shell) {
            // The script for bash loads zsh's emulation of bash where it runs in zsh.
            case "bash", "zsh" -> AutoComplete.bash("weir", weir);
            case "fish" -> FishCompletion.of(weir);
            default ->
                throw new ParameterException(
                        spec.commandLine(), "there is no completion for '" + shell + "'; use bash, zsh or fish");
        };
        spec.commandLine().getOut().print(script);
        spec.commandLine().getOut().flush();
        return 0;
    }
}
