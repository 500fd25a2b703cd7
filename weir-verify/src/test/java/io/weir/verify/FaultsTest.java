package io.weir.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.verify.faults.InjectedFault;
import io.weir.verify.faults.PlantedBug;
import io.weir.verify.faults.Run;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FaultsTest {
    private static final long SEEDS = Long.getLong("weir.verify.seeds", Effort.of(600, 2_000, 20_000));
    private static final long FIRST = Long.getLong("weir.verify.seed", 1);
    private static final int WITHIN = 10_000;

    @Test
    void randomFaults_theModelAgreesAfterEveryEvent_andEveryFaultHappens() {
        Map<InjectedFault, Long> fired = new EnumMap<>(InjectedFault.class);

        for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
            Run.seed(seed, Run.Maker.PRODUCTION, fired);
        }

        assertThat(fired.keySet()).containsExactlyInAnyOrder(InjectedFault.values());
        System.out.println("faults: " + SEEDS + " seeds from " + FIRST + " on passed; " + fired);
    }

    /** Seeds that once failed. */
    @Test
    void seedsThatOnceFailed_passNow() throws IOException {
        for (long seed : kept()) {
            Run.seed(seed, Run.Maker.PRODUCTION, new EnumMap<>(InjectedFault.class));
        }
    }

    private static long[] kept() throws IOException {
        try (InputStream in = Objects.requireNonNull(FaultsTest.class.getResourceAsStream("failed-seeds.txt"))) {
            return Arrays.stream(new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n"))
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .mapToLong(line -> Long.parseLong(line.strip()))
                    .toArray();
        }
    }

    @ParameterizedTest
    @EnumSource(PlantedBug.class)
    void plantedBug_isFound(PlantedBug bug) {
        for (long seed = 1; seed <= WITHIN; seed++) {
            try {
                Run.seed(seed, bug, new EnumMap<>(InjectedFault.class));
            } catch (AssertionError found) {
                System.out.println("faults: " + bug + " found by seed " + seed);
                return;
            }
        }
        throw new AssertionError(bug + " was not found by " + WITHIN + " seeds");
    }
}
