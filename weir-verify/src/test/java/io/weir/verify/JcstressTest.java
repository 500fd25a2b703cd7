package io.weir.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Runs the races of jcstress: briefly, or with {@code -Dverify=long} as jcstress does by default, on all its JVM modes.
 */
class JcstressTest {
    private static final List<String> TWINS = List.of(
            "CheckThenAct",
            "TwoBoundsTwoSteps",
            "ReleaseTwice",
            "UpdateWithoutLookingAgain",
            "MixedConfiguration",
            "CleanUpWithoutLookingAgain",
            "PauseWithoutLookingAgain");
    private static final int ATTEMPTS = 8;

    @Test
    void jcstress_core_hasNoForbiddenOutcome() throws Exception {
        Run run = jcstress("io.weir.verify.jcstress.*");

        assertThat(run.exit).as(run.output).isZero();
        assertThat(run.summary()).matches(".* planned; [1-9][0-9]* passed, 0 failed, 0 soft errs, 0 hard errs.*");
        System.out.println("jcstress: " + run.summary());
    }

    /** Whether a race shows is a matter of chance and of load: a twin that did not is run again, a few times. */
    @Test
    void jcstress_plantedBugs_areAllCaught() throws Exception {
        Set<String> missing = new TreeSet<>(TWINS);
        for (int attempt = 0; attempt < ATTEMPTS && !missing.isEmpty(); attempt++) {
            Run run = jcstress("io.weir.verify.planted.(" + String.join("|", missing) + ")");
            missing.removeIf(twin -> Pattern.compile("planted\\." + twin + " .*: Observed forbidden state")
                    .matcher(run.output)
                    .find());
        }

        assertThat(missing).as("planted bugs that jcstress did not catch").isEmpty();
    }

    private static Run jcstress(String tests) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "org.openjdk.jcstress.Main",
                "-t",
                tests,
                "-r",
                "jcstress"));
        if (Effort.NOW != Effort.LONG) {
            // A run is as many samples as fit the heap; to start its JVM takes longer the larger that is.
            String heap = String.valueOf(Effort.of(64, 128, 0));
            command.addAll(List.of("-m", "quick", "-iters", String.valueOf(Effort.of(1, 2, 0)), "-time", "100"));
            command.addAll(List.of("-f", "1", "-sc", "false", "-af", "NONE", "-hs", heap, "-pth", "false"));
            command.addAll(List.of("-jvmArgs", "-XX:+UseSerialGC -Xmx" + heap + "m"));
        }
        Process process = new ProcessBuilder(command)
                .directory(Path.of("target").toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), output);
    }

    private record Run(int exit, String output) {
        String summary() {
            return output.lines()
                    .filter(line -> line.contains("Results:"))
                    .reduce((a, b) -> b)
                    .orElse("no result line");
        }
    }
}
