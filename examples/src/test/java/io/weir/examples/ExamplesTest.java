package io.weir.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExamplesTest {
    private interface Program {
        void run(String[] arguments) throws Exception;
    }

    private static List<String> linesOf(Program program) throws Exception {
        PrintStream console = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            program.run(new String[0]);
        } finally {
            System.setOut(console);
        }
        return printed.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void limits_rejectsTheThirdCall() throws Exception {
        assertThat(linesOf(Limits::main))
                .containsExactly("call 1 runs", "call 2 runs", "call 3 is rejected: CONNECTION_MESSAGES, 2 of 2");
    }

    @Test
    void queuedCalls_rejectsOneAndServesTheTenantsInTurn() throws Exception {
        assertThat(linesOf(QueuedCalls::main))
                .containsExactly(
                        "acme 4 is rejected: CONNECTION_MESSAGES",
                        "acme 1 is served",
                        "globex 1 is served",
                        "acme 2 is served",
                        "acme 3 is served");
    }
}
