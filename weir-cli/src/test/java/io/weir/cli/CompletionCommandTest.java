package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CompletionCommandTest {
    @TempDir
    Path directory;

    private static String script(String shell) {
        StringWriter out = new StringWriter();
        CommandLine weir = Weir.commandLine().setOut(new PrintWriter(out));
        assertThat(weir.execute("completion", shell)).isZero();
        return out.toString();
    }

    /** What bash offers for the last word of a line. */
    private List<String> offered(String line) throws IOException, InterruptedException {
        Path script = Files.writeString(directory.resolve("weir.bash"), script("bash"));
        String[] words = line.split(" ", -1);
        StringBuilder program = new StringBuilder("source " + script + "\nCOMP_WORDS=(");
        for (String word : words) {
            program.append('\'').append(word).append("' ");
        }
        program.append(")\nCOMP_CWORD=").append(words.length - 1).append("\n_complete_weir\n");
        program.append("printf '%s\\n' \"${COMPREPLY[@]}\"\n");
        Process bash = new ProcessBuilder("bash", "-c", program.toString())
                .redirectErrorStream(true)
                .start();
        String printed = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor()).as(printed).isZero();
        return printed.lines().map(String::strip).toList();
    }

    @ParameterizedTest
    @CsvSource({
        "weir ga,gateway",
        "weir gateway --upst,--upstream",
        "weir gateway --log-l,--log-level",
        "weir simulate --ht,--html",
        "weir comp,completion"
    })
    void bash_offersCommandsAndOptions(String line, String expected) throws Exception {
        assumeTrue(Files.exists(Path.of("/bin/bash")) || Files.exists(Path.of("/usr/bin/bash")), "there is no bash");

        assertThat(offered(line)).contains(expected).doesNotContain("--no-such-option");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh"})
    void bashAndZsh_areOneScript(String shell) {
        assertThat(script(shell)).contains("_complete_weir", "bashcompinit", "--decision-log");
    }

    @Test
    void fish_hasALineForEachCommandAndOption() {
        String script = script("fish");

        CommandLine weir = Weir.commandLine();
        weir.getSubcommands().forEach((name, command) -> {
            assertThat(script).contains(" -f -n __fish_use_subcommand -a " + name + " -d '");
            command.getCommandSpec()
                    .options()
                    .forEach(option -> assertThat(script.lines())
                            .filteredOn(line -> line.contains("__fish_seen_subcommand_from " + name + "'"))
                            .anyMatch(line ->
                                    line.contains(" -l " + option.longestName().substring(2) + " ")));
        });
        assertThat(script.lines())
                .allSatisfy(line -> assertThat(line.replace("\\'", "")
                                        .chars()
                                        .filter(c -> c == '\'')
                                        .count()
                                % 2)
                        .isZero());
    }

    @Test
    void anotherShell_exits2AndNamesThoseThatThereAre() {
        StringWriter err = new StringWriter();
        int exitCode = Weir.commandLine().setErr(new PrintWriter(err)).execute("completion", "tcsh");

        assertThat(exitCode).isEqualTo(2);
        assertThat(err.toString())
                .endsWith("there is no completion for 'tcsh'; use bash, zsh or fish" + System.lineSeparator());
    }
}
