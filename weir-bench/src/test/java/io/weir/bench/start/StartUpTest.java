package io.weir.bench.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class StartUpTest {
    @Test
    void untilLine_isGivenTheInput_andWaitsForTheLine() throws Exception {
        List<String> echo = List.of("sh", "-c", "read -r word; echo other; echo \"got $word\"; read -r end");

        assertThat(StartUp.untilLine(echo, "it\n", "got it")).isPositive();
        assertThatThrownBy(() -> StartUp.untilLine(List.of("echo", "other"), "", "got"))
                .hasMessageContaining("ended without a line that begins with got");
    }
}
