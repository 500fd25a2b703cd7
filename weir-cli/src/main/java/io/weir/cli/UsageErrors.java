package io.weir.cli;

import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says on standard error how a command is used, in one line, and then what is wrong, so that the error stands last. */
final class UsageErrors implements IParameterExceptionHandler {
    @Override
    public int handleParseException(ParameterException e, String[] arguments) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        String name = command.getCommandSpec().qualifiedName();
        err.println("Usage: " + command.getHelp().abbreviatedSynopsis().strip() + "; see '" + name + " --help'");
        err.println("weir: " + e.getMessage() + suggestion(e, arguments));
        return Weir.MISUSED;
    }

    private static String suggestion(ParameterException e, String[] arguments) {
        List<String> near = e instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
        if (!near.isEmpty()) {
            return "; did you mean " + near.get(0) + "?";
        }
        List<String> given = List.of(arguments);
        if (e instanceof UnmatchedArgumentException && takesCommand(e.getCommandLine()) && !given.contains("--")) {
            return "; if it belongs to the command of a server, write -- before that command";
        }
        boolean htmlFirst = e instanceof MissingParameterException && given.contains("--html");
        return htmlFirst ? "; what follows --html is its FILE: give --html last" : "";
    }

    private static boolean takesCommand(CommandLine command) {
        return command.getCommandSpec().positionalParameters().stream()
                .anyMatch(each -> each.paramLabel().endsWith("COMMAND"));
    }
}
