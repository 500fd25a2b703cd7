package io.weir.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The demonstration as it is shown on a terminal of 80 columns. */
class DemoTest {
    private static final String ESCAPE = "\u001b";
    private static final String COLOUR = ESCAPE + "\\[\\d+m";

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    private String printed() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** What a terminal shows: each line as it was written over last, without colours. */
    private static List<String> screen(String printed) {
        return Stream.of(printed.replaceAll(COLOUR, "").split("\n", 0))
                .map(line -> {
                    StringBuilder shown = new StringBuilder();
                    for (String part : line.split("\r", -1)) {
                        shown.replace(0, Math.min(shown.length(), part.length()), part);
                    }
                    return shown.toString().stripTrailing();
                })
                .toList();
    }

    @Test
    void run_onATerminal_holdsAllChecksWithin80Columns() throws Exception {
        int exitCode = Demo.run(true, new Console(out, true, true));

        String text = printed();
        assertThat(exitCode).as(text).isZero();
        for (String part : text.replaceAll(COLOUR, "").split("[\r\n]+", -1)) {
            assertThat(part.length()).as(part).isLessThanOrEqualTo(Console.WIDTH);
        }
        assertThat(text).contains(ESCAPE + "[32mok" + ESCAPE).doesNotContain("WRONG");
        List<String> screen = screen(text);
        assertThat(screen).filteredOn(line -> line.endsWith(" ok")).hasSize(11);
        assertThat(screen)
                .filteredOn(line -> line.startsWith("   reports 40 of 40 [####################]"))
                .hasSize(1);
        assertThat(screen)
                .filteredOn(line -> line.startsWith("   refused 160 of 200"))
                .hasSize(1);
    }

    @Test
    void live_onATerminal_leavesNothingOfALongerState() {
        Console console = new Console(out, true, false);
        console.live("a long state of things");
        console.live("short");
        console.endLive();
        console.line("next");

        assertThat(screen(printed())).containsExactly("   short", "next");
    }

    @Test
    void live_elsewhere_isALineForEachStateThatDiffers() {
        Console console = new Console(out, false, false);
        console.live("one");
        console.live("one");
        console.live("two");
        console.endLive();

        assertThat(printed().lines()).containsExactly("   one", "   two");
        assertThat(printed()).doesNotContain("\r", ESCAPE);
    }

    @Test
    void live_stateThatIsTooLong_isCut() {
        new Console(out, true, false).live("x".repeat(200));

        assertThat(printed().substring(1)).hasSize(Console.WIDTH - 1);
    }

    @Test
    void colour_isForATerminalWithoutNoColor() {
        String before = System.getProperty("weir.terminal", "false");
        try {
            for (String terminal : List.of("true", "false")) {
                System.setProperty("weir.terminal", terminal);
                for (String noColor : List.of("", "1")) {
                    bytes.reset();
                    Console.of(out, Map.of("NO_COLOR", noColor)).check("a check", true);
                    assertThat(printed().contains(ESCAPE)).isEqualTo(terminal.equals("true") && noColor.isEmpty());
                }
            }
        } finally {
            System.setProperty("weir.terminal", before);
        }
    }

    @Test
    void text_isBrokenBetweenWords() {
        new Console(out, false, false).text("word ".repeat(40).strip());

        assertThat(printed().lines())
                .hasSize(3)
                .allSatisfy(line -> assertThat(line)
                        .startsWith("   word")
                        .endsWith("word")
                        .hasSizeLessThanOrEqualTo(Console.WIDTH));
    }
}
