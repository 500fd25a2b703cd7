package io.weir.cli;

import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** A script with which fish completes commands and their options. */
final class FishCompletion {
    private static final String NO_COMMAND = "__fish_use_subcommand";

    private FishCompletion() {}

    static String of(CommandLine weir) {
        StringBuilder out = new StringBuilder("# fish completion of weir\n");
        options(out, weir, NO_COMMAND);
        for (Map.Entry<String, CommandLine> command : weir.getSubcommands().entrySet()) {
            String[] description =
                    command.getValue().getCommandSpec().usageMessage().description();
            out.append("complete -c weir -f -n ")
                    .append(NO_COMMAND)
                    .append(" -a ")
                    .append(command.getKey())
                    .append(" -d ")
                    .append(quoted(firstSentence(description.length == 0 ? "" : description[0])))
                    .append('\n');
            options(out, command.getValue(), "'__fish_seen_subcommand_from " + command.getKey() + "'");
        }
        return out.toString();
    }

    private static void options(StringBuilder out, CommandLine command, String condition) {
        for (OptionSpec option : command.getCommandSpec().options()) {
            out.append("complete -c weir -n ").append(condition);
            for (String name : option.names()) {
                boolean isLong = name.startsWith("--");
                out.append(isLong ? " -l " : " -s ").append(name.substring(isLong ? 2 : 1));
            }
            if (option.arity().min() > 0) {
                out.append(option.paramLabel().contains("FILE") ? " -r" : " -x");
            }
            String[] description = option.description();
            out.append(" -d ")
                    .append(quoted(firstSentence(description.length == 0 ? "" : description[0])))
                    .append('\n');
        }
    }

    private static String firstSentence(String text) {
        int end = text.indexOf(". ");
        String sentence = end < 0 ? text : text.substring(0, end);
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
