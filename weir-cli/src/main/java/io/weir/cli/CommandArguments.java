package io.weir.cli;

import io.weir.config.Redaction;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The command of an MCP server on the command line. */
final class CommandArguments {
    private CommandArguments() {}

    /**
     * That command, which must be behind {@code --}: its options are not those of this program.
     *
     * @param given the arguments that are no options
     * @param instead what to write instead of an argument that is not behind it
     * @throws ParameterException if an argument is not
     */
    static List<String> behindDashes(CommandLine line, List<String> given, String instead) {
        List<String> arguments = line.getParseResult().originalArgs();
        int end = arguments.indexOf("--");
        int behind = end < 0 ? 0 : arguments.size() - end - 1;
        if (given.size() > behind) {
            throw new ParameterException(line, "Unmatched argument: '" + Redaction.of(given.get(0)) + "'; " + instead);
        }
        return given;
    }
}
