package io.weir.gateway.child;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.GatewayHarness;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ProcessGroupsTest {
    private static Set<Long> children() {
        return ProcessHandle.current().children().map(ProcessHandle::pid).collect(Collectors.toSet());
    }

    private static Set<Long> since(Set<Long> before, long but) {
        Set<Long> now = children();
        now.removeAll(before);
        now.remove(but);
        return now;
    }

    @Test
    void shellThatIsKilled_isReplacedAtOnce_andAllGroupsEnd() throws Exception {
        List<String> words = new ArrayList<>(ProcessGroups.newSession());
        words.addAll(List.of("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"));
        Process child = new ProcessBuilder(words).start();
        assertThat(child.getInputStream().read()).isEqualTo('r');
        try (ProcessGroups groups = new ProcessGroups()) {
            Set<Long> before = children();
            groups.add(child.pid(), "mark-of-a-test");
            long shell = since(before, child.pid()).iterator().next();

            ProcessHandle.of(shell).orElseThrow().destroyForcibly();
            GatewayHarness.await("another shell", () -> !since(before, shell).isEmpty());
        }
        GatewayHarness.await("the group has ended", () -> !child.isAlive());
        assertThat(child.exitValue()).isEqualTo(137);
    }
}
