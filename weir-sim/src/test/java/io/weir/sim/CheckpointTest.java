package io.weir.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.queue.DecisionLog;
import io.weir.sim.replay.LogParts;
import io.weir.sim.replay.SameDecisions;
import io.weir.sim.run.Simulation;
import io.weir.sim.run.WeirPolicy;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A log whose oldest parts are gone is replayed from the checkpoint that each part begins with. */
class CheckpointTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    /** Begins a part after so many lines. */
    private static final class Parts extends DecisionLog {
        private final List<List<String>> parts = new ArrayList<>(List.of(new ArrayList<>()));
        private final int linesOfAPart;

        Parts(int linesOfAPart) {
            this.linesOfAPart = linesOfAPart;
        }

        private List<String> last() {
            return parts.get(parts.size() - 1);
        }

        @Override
        protected void line(String json) {
            last().add(json);
            if (last().size() == linesOfAPart) {
                parts.add(new ArrayList<>());
                checkpoint(0);
            }
        }
    }

    private static List<List<String>> write(Scenario scenario, int linesOfAPart) {
        Parts log = new Parts(linesOfAPart);
        Simulation.play(scenario, new WeirPolicy(scenario, log));
        return log.parts;
    }

    private SameDecisions replay(List<List<String>> parts) throws Exception {
        Path log = folder.resolve("log.jsonl");
        Files.write(log, parts.stream().flatMap(List::stream).toList());
        return SameDecisions.of(LogParts.of(List.of(log)));
    }

    /** A checkpoint is too long to be read: what differs in it, and what is before that. */
    private static String brief(SameDecisions.Difference difference) {
        String logged = difference.logged();
        String replayed = difference.replayed();
        int at = 0;
        while (at < Math.min(logged.length(), replayed.length()) && logged.charAt(at) == replayed.charAt(at)) {
            at++;
        }
        return difference.where() + " column " + at + ": logged ..." + part(logged, at) + "..., replayed ..."
                + part(replayed, at) + "...";
    }

    private static String part(String line, int at) {
        return line.substring(Math.max(0, at - 100), Math.min(line.length(), at + 100));
    }

    static List<String> everyScenario() {
        return Scenarios.builtIn();
    }

    @ParameterizedTest
    @MethodSource("everyScenario")
    void replay_fromAnyPartOn_isIdentical(String name) throws Exception {
        Scenario whole = Scenarios.named(name);
        Scenario scenario = whole.withDuration(Math.min(whole.duration(), 10_000_000_000L));
        List<List<String>> parts = write(scenario, 2_000);

        int step = Math.max(1, parts.size() / 8);
        for (int first = 0; first < parts.size(); first += step) {
            assertThat(replay(parts.subList(first, parts.size())).difference().map(CheckpointTest::brief))
                    .as("from part %d of %d", first, parts.size())
                    .isEmpty();
        }
    }
}
