package io.weir.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class ShutdownStepsTest {
    @Test
    void stepBehindOneThatFails_isRun() {
        List<String> ended = new ArrayList<>();

        ShutdownSteps.run(List.of(
                () -> ended.add("first"),
                () -> {
                    throw new RejectedExecutionException("event executor terminated");
                },
                () -> ended.add("third")));

        assertThat(ended).containsExactly("first", "third");
    }
}
