package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryPlanTest {
    private static final long MIB = 1 << 20;

    private static GatewayConfigLoader loader(long heapMib) {
        return new GatewayConfigLoader(heapMib * MIB, Map.<String, String>of()::get).upstream("http://127.0.0.1:1/mcp");
    }

    @ParameterizedTest
    @CsvSource({"128", "192", "256", "512", "1024", "4096", "65536"})
    void load_defaults_fitIntoTheHeap(long heapMib) throws Exception {
        GatewayConfigLoader loader = loader(heapMib);

        MemoryPlan plan = loader.memory(loader.load());

        assertThat(plan.problems()).isEmpty();
        assertThat(plan.heapMost()).isLessThanOrEqualTo(heapMib * MIB * 85 / 100);
        assertThat(plan.directMost()).isLessThanOrEqualTo(heapMib * MIB * 85 / 100);
    }

    @ParameterizedTest
    @CsvSource({"128, 766, 19", "512, 3066, 19", "4096, 10000, 19"})
    void load_withTls_plansMoreForEachConnection(long heapMib, int connections, int kibEach) throws Exception {
        GatewayConfigLoader loader = tls(heapMib, "http");

        MemoryPlan plan = loader.memory(loader.load());

        assertThat(plan.problems()).isEmpty();
        assertThat(loader.load().edge().maxConnections()).isEqualTo(connections);
        assertThat(share(plan.heap(), "client connections")).isEqualTo(connections * 1024L * kibEach);
        GatewayConfigLoader plain = loader(heapMib).set("edge.max_connections=" + connections);
        assertThat(share(plan.direct(), "requests being read"))
                .as("records that are not whole are on the heap")
                .isEqualTo(share(plain.memory(plain.load()).direct(), "requests being read"));
    }

    @Test
    void load_withCertificatesOfClients_plansForThem() throws Exception {
        GatewayConfigLoader loader =
                tls(512, "http").set("http.tls_client_ca=ca").set("edge.max_connections=1000");

        MemoryPlan plan = loader.memory(loader.load());

        assertThat(share(plan.heap(), "client connections")).isEqualTo(1000 * 27L * 1024);
    }

    @ParameterizedTest
    @CsvSource({"1, 33554432, 33554432", "2, 33554432, 16777216", "64, 1048576, 262144"})
    void tlsRecords_areDividedBetweenEventLoops(int processors, long heads, long each) throws Exception {
        GatewayConfigLoader loader = tls(1024, "http").set("edge.max_buffered_head_bytes=" + heads);
        GatewayConfig http = loader.load();
        GatewayConfig both = loader.set("tcp.listen=127.0.0.1:2")
                .set("tcp.tls_certificate=c")
                .set("tcp.tls_key=k")
                .load();
        MemoryPlan.Jvm jvm = new MemoryPlan.Jvm(1024 * MIB, 1024 * MIB);

        assertThat(MemoryPlan.tlsRecords(http, processors)).isEqualTo(each);
        assertThat(share(MemoryPlan.of(jvm, http, processors).heap(), "TLS records"))
                .isEqualTo(processors * each);
        assertThat(share(MemoryPlan.of(jvm, both, processors).heap(), "TLS records"))
                .isEqualTo(2L * processors * each);
    }

    @ParameterizedTest
    @CsvSource({"128", "192", "256", "512", "1024", "4096", "65536"})
    void load_defaultsWithTlsEverywhere_fitIntoTheHeap(long heapMib) throws Exception {
        GatewayConfigLoader loader = tls(heapMib, "http")
                .set("tcp.listen=127.0.0.1:2")
                .set("tcp.tls_certificate=c")
                .set("tcp.tls_key=k")
                .set("http.tls_client_ca=ca");

        assertThat(loader.memory(loader.load()).problems()).isEmpty();
    }

    private static GatewayConfigLoader tls(long heapMib, String section) {
        return loader(heapMib).set(section + ".tls_certificate=c").set(section + ".tls_key=k");
    }

    @ParameterizedTest
    @CsvSource({"256", "512", "4096"})
    void load_pause_plansForWhatIsReadBehindHeldLines(long heapMib) throws Exception {
        GatewayConfigLoader loader =
                loader(heapMib).set("tcp.listen=127.0.0.1:2").set("queue_limits.backpressure_action=pause");

        MemoryPlan plan = loader.memory(loader.load());

        assertThat(plan.problems()).isEmpty();
        assertThat(share(plan.direct(), "lines behind a held one"))
                .isEqualTo(loader.load().edge().maxBufferedBodyBytes());
    }

    private static long share(List<MemoryPlan.Share> shares, String what) {
        return shares.stream()
                .filter(each -> each.what().equals(what))
                .findFirst()
                .orElseThrow()
                .bytes();
    }

    @ParameterizedTest
    @CsvSource({
        "128, 1456, 728, 728, 716, 4, 8, 16",
        "256, 2912, 1000, 1456, 1432, 8, 16, 32",
        "512, 5825, 1000, 2912, 2864, 16, 32, 64",
        "1024, 10000, 1000, 5000, 5729, 32, 64, 128",
        "2048, 10000, 1000, 5000, 10000, 64, 64, 256",
    })
    void load_defaults_scaleWithTheHeap(
            long heapMib,
            int connections,
            int perAddress,
            int streams,
            int sessions,
            long headsMib,
            long bodiesMib,
            long answersMib)
            throws Exception {
        EdgeConfig edge = loader(heapMib).load().edge();

        assertThat(edge.maxConnections()).isEqualTo(connections);
        assertThat(edge.maxConnectionsPerAddress()).isEqualTo(perAddress);
        assertThat(edge.maxStreams()).isEqualTo(streams);
        assertThat(edge.maxSessions()).isEqualTo(sessions);
        assertThat(edge.maxBufferedHeadBytes()).isEqualTo(headsMib * MIB);
        assertThat(edge.maxBufferedBodyBytes()).isEqualTo(bodiesMib * MIB);
        assertThat(edge.maxBufferedAnswerBytes()).isEqualTo(answersMib * MIB);
    }

    @ParameterizedTest
    @CsvSource({"128", "192", "256", "512", "1024", "4096", "65536"})
    void load_defaultsOfACommand_fitIntoTheHeap(long heapMib) throws Exception {
        GatewayConfigLoader loader = command(heapMib);

        assertThat(loader.memory(loader.load()).problems()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"128, 6, 1048576", "192, 9, 1572864", "256, 12, 2097152", "512, 20, 4194304", "65536, 20, 4194304"})
    void load_defaultsOfChildren_scaleWithTheHeap(long heapMib, int max, int lineBytes) throws Exception {
        ChildPolicy children = children(command(heapMib).load());

        assertThat(children.max()).isEqualTo(max);
        assertThat(children.maxPerTenant()).isEqualTo(max);
        assertThat(children.maxLineBytes()).isEqualTo(lineBytes);
        assertThat(children(command(heapMib)
                                .set("upstreams.default.children.max=7")
                                .load())
                        .max())
                .isEqualTo(7);
    }

    @Test
    void load_commands_arePlannedWithTheirChildren() throws Exception {
        GatewayConfigLoader none = new GatewayConfigLoader(1024 * MIB, name -> null).withoutUpstream();
        GatewayConfigLoader one = command(1024)
                .set("upstreams.default.children.max=100")
                .set("upstreams.default.children.max_line_bytes=2000");

        MemoryPlan plan = one.memory(one.load());
        MemoryPlan without = none.memory(none.load());
        assertThat(share(plan.heap(), "children")).isEqualTo(100 * (64 + 2 * 96 + 2 * 16 + 32) * 1024);
        assertThat(share(plan.heap(), "long lines of servers"))
                .as("requests may be longer than lines of servers")
                .isEqualTo(2 * (MIB + 64 * 1024));
        assertThat(plan.kernelMost() - without.kernelMost()).isEqualTo(100 * 3 * 64 * 1024);
        assertThat(plan.directMost()).isEqualTo(without.directMost());
        assertThat(MemoryPlan.describe(plan.heap())).contains(" children");
        assertThat(MemoryPlan.describe(without.heap())).doesNotContain("children");
    }

    @Test
    void resident_isAllOfTheHeap_directMemory_andWhatTheJvmItselfTakes() throws Exception {
        GatewayConfigLoader loader = command(700).set("upstreams.default.children.max=10");

        MemoryPlan plan = loader.memory(loader.load());

        assertThat(plan.residentMost())
                .isEqualTo(700 * MIB + plan.directMost() + 140 * MIB + 100 * MIB + 10 * 3 * 96 * 1024);
        assertThat(MemoryPlan.describe(plan.process())).contains("700 MiB heap, ", " the JVM itself, ");
    }

    @ParameterizedTest
    @CsvSource({"192", "256", "512", "1024", "4096", "65536"})
    void load_defaultsOfAServerOverTcp_fitIntoTheHeap(long heapMib) throws Exception {
        GatewayConfigLoader loader = new GatewayConfigLoader(heapMib * MIB, name -> null).upstream("tcp://127.0.0.1:1");

        assertThat(loader.memory(loader.load()).problems()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"131072, 524288", "16777216, 524288", "16777248, 524289", "80000000, 2500000"})
    void keptForSessions_isAPartOfWhatWaitsForClients(long answers, long kept) throws Exception {
        GatewayConfigLoader loader = command(1024).set("edge.max_buffered_answer_bytes=" + answers);

        GatewayConfig config = loader.load();

        assertThat(MemoryPlan.keptForSessions(config)).isEqualTo(kept);
        assertThat(share(loader.memory(config).heap(), "kept for sessions")).isEqualTo(kept);
        assertThat(MemoryPlan.keptForSessions(loader(1024).load()))
                .as("a server over HTTP keeps them itself")
                .isZero();
    }

    private static GatewayConfigLoader command(long heapMib) {
        return new GatewayConfigLoader(heapMib * MIB, name -> null).command(List.of("server"));
    }

    private static ChildPolicy children(GatewayConfig config) {
        return ((StdioTransport) config.upstreams().get(0).transport()).children();
    }

    @ParameterizedTest
    @CsvSource({
        "64, max=20, queue_limits",
        "128, max=1000, upstreams.*.children.max",
        "128, max_line_bytes=64MiB, upstreams.*.children.max_line_bytes"
    })
    void load_childrenThatCannotFit_areRefusedWithWhatToChange(long heapMib, String setting, String lower) {
        ConfigException refused = catchThrowableOfType(
                ConfigException.class,
                () -> command(heapMib)
                        .set("upstreams.default.children." + setting)
                        .load());

        assertThat(refused.problems())
                .first()
                .asString()
                .contains(" children", "Raise -Xmx, or lower ")
                .contains("or lower " + lower);
    }

    @Test
    void load_aDecisionLog_isPlannedWithItsBuffer() throws Exception {
        GatewayConfigLoader without = loader(512);
        GatewayConfigLoader with = loader(512).set("decision_log.file=f").set("decision_log.buffer_lines=1048576");

        assertThat(with.memory(with.load()).heapMost()
                        - without.memory(without.load()).heapMost())
                .isEqualTo(8 * MIB + 8 * MIB + 2048L * with.load().edge().maxConnections());
    }

    @Test
    void load_lessDirectMemoryThanHeap_scalesAnswersWithIt() throws Exception {
        EdgeConfig edge = loader(512).directBytes(256 * MIB).load().edge();

        assertThat(edge.maxBufferedAnswerBytes()).isEqualTo(32 * MIB);
    }

    @ParameterizedTest
    @CsvSource({
        "edge.max_connections=10000, edge.max_connections, heap, -Xmx",
        "queue_limits.global_max_bytes=120000000, queue_limits.global_max_bytes, heap, -Xmx",
        "edge.max_buffered_body_bytes=67108864, edge.max_buffered_body_bytes, heap, -Xmx",
        "edge.max_buffered_head_bytes=67108864, edge.max_buffered_head_bytes, heap, -Xmx",
        "edge.max_buffered_head_bytes=134217728, edge.max_buffered_head_bytes, direct memory, -XX:MaxDirectMemorySize",
    })
    void load_whatCannotFit_isRefusedWithWhatToChange(String setting, String key, String kind, String option) {
        ConfigException refused = catchThrowableOfType(
                ConfigException.class, () -> loader(128).set(setting).load());

        assertThat(refused.problems())
                .anySatisfy(problem -> assertThat(problem)
                        .startsWith("the configuration can take ")
                        .contains(" of " + kind + " and the JVM was given 128 MiB")
                        .contains("Raise " + option + ", or lower ")
                        .contains(key));
    }

    @ParameterizedTest
    @CsvSource({
        "32, edge.max_sessions=16",
        "128, edge.max_connections=10000",
        "128, queue_limits.global_max_bytes=120000000",
        "128, edge.max_buffered_head_bytes=134217728"
    })
    void load_whatCannotFit_saysWhatWouldDo(long heapMib, String setting) throws Exception {
        ConfigException refused = catchThrowableOfType(
                ConfigException.class, () -> loader(heapMib).set(setting).load());

        String last = refused.problems().get(refused.problems().size() - 1);
        Matcher options =
                Pattern.compile("this would do: WEIR_JAVA_OPTS=-Xmx(\\d+)m$").matcher(last);
        assertThat(options.find()).as(last).isTrue();
        long enough = Long.parseLong(options.group(1));
        assertThat(enough).isGreaterThan(heapMib);
        assertThat(loader(enough).set(setting).load().upstreams()).hasSize(1);
    }

    @Test
    void load_tooLittleDirectMemory_saysWhatWouldDo() {
        ConfigException refused = catchThrowableOfType(
                ConfigException.class, () -> loader(512).directBytes(16 * MIB).load());

        assertThat(refused.problems())
                .last()
                .asString()
                .endsWith("this would do: WEIR_JAVA_OPTS='-Xmx768m -XX:MaxDirectMemorySize=768m'");
    }

    @ParameterizedTest
    @CsvSource({"1024, 1 KiB", "1025, 2 KiB", "1048576, 1 MiB", "1048577, 2 MiB", "10737418240, 10.0 GiB"})
    void text_isRoundedUp(long bytes, String text) {
        assertThat(MemoryPlan.text(bytes)).isEqualTo(text);
    }
}
