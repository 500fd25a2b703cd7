package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class TopPictureTest {
    private static String flow(int offered, int limits, int rate) {
        return """
                "flow":{"offered":{"messages":%d},"admitted":{"messages":%d},"completed":{"messages":40},
                "failed":{"messages":1},"by_reason":{"connection_messages":{"messages":%d},"rate":{"messages":%d}}}""".formatted(offered, offered - limits - rate, limits, rate);
    }

    private static TopSample sample(long seconds, int offered, int limits, int rate, int dispatched)
            throws IOException {
        String stats = """
                {"global":{"pending":{"messages":1234,"bytes":2048},%s},
                 "queues":[{"queue":"search","queued":7,"in_flight":2,"capacity":2,"estimated_wait_ms":35,
                            "dispatched":%d,"circuit":"closed"}]}""".formatted(flow(offered, limits, rate), dispatched);
        String tenants = """
                {"total":2,"offset":0,"tenants":[
                 {"tenant":"acme","pending":{"messages":5,"bytes":10},"rejected":{"messages":%d},%s}%s]}""".formatted(
                        limits + rate,
                        flow(offered, limits, rate),
                        seconds == 0
                                ? ""
                                : ",{\"tenant\":\"new\",\"pending\":{\"messages\":0,\"bytes\":0},"
                                        + "\"rejected\":{\"messages\":3}}");
        String connections = """
                {"connections":[{"id":"00112233445566ff","connection":"10.1.2.3","tenant":"acme",
                 "pending":{"messages":5,"bytes":10},"rejected":{"messages":%d}}]}""".formatted(limits);
        return new TopSample(
                seconds * 1_000_000_000L,
                JsonTree.parse("{\"ready\":true,\"upstreams\":{\"search\":\"up\"}}"),
                JsonTree.parse("{\"queue_limits\":{\"global_max_messages\":1000000,\"global_max_bytes\":268435456}}"),
                JsonTree.parse(stats),
                JsonTree.parse(tenants),
                JsonTree.parse(connections));
    }

    @Test
    void picture_hasWhatIsPending_andRatesBetweenTheSamples() throws Exception {
        String picture = TopPicture.of("127.0.0.1:9090", sample(0, 100, 10, 30, 60), sample(4, 140, 20, 31, 80));

        assertThat(picture.replace(System.lineSeparator(), "\n")).isEqualTo("""
                gateway   127.0.0.1:9090 ready, search up
                pending   1,234 of 1,000,000 messages, 2 KiB of 256 MiB
                rates     offered 10.0, admitted 7.3, completed 0.0, failed 0.0 a second
                rejected  connection_messages 2.5 a second (20), rate 0.3 a second (31)

                        queued  in flight  capacity   wait  sent/s  circuit
                search       7          2         2  35 ms     5.0   closed

                      pending     bytes  offered/s  rejected/s  rejected
                acme        5  10 bytes       10.0         2.8        51
                new         0   0 bytes          -           -         3

                                  connection  tenant  pending     bytes  rejected/s  rejected
                00112233445566ff    10.1.2.3    acme        5  10 bytes         2.5        20
                """);
    }

    @Test
    void picture_afterACounterStartedAgain_hasNoNegativeRate() throws Exception {
        String picture = TopPicture.of("a", sample(0, 100, 10, 30, 60), sample(4, 20, 1, 2, 3));

        assertThat(picture).contains("offered 0.0, admitted 0.0").doesNotContain("-2");
    }
}
