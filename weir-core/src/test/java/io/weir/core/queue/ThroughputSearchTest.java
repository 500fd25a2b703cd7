package io.weir.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ThroughputSearchTest {
    private long now;

    /** An upstream that works on so many at once, each for so long, and always has as many as it may. */
    private void run(ThroughputSearch control, int servers, long serviceMicros, long micros) {
        for (long end = now + micros; now < end; ) {
            int inFlight = control.limit();
            int busy = Math.min(servers, inFlight);
            now += serviceMicros / busy;
            control.finished(1, serviceMicros * inFlight / busy, inFlight, now);
        }
    }

    /** An upstream whose workers and service time change; the limit in the end, from 16 on. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        # at most | workers x service time in ms for seconds, one after the other | limit
        # more than the upstream can use: comes down near what it can, however long the overload
        1000    | 4x5 for 10                       | 4 to 8
        1000000 | 4x5 for 3600                     | 4 to 16
        # less than it can use: grows, up to what is configured
        1000    | 200x50 for 60                    | 200 to 400
        50      | 200x50 for 60                    | 50 to 50
        # the upstream changes: follows, and does not starve it
        1000    | 8x5 for 10, 4x5 for 10           | 4 to 8
        1000    | 8x5 for 10, 4x5 for 10, 8x5 for 5 | 8 to 16
        1000    | 8x5 for 10, 8x50 for 60          | 8 to 24
        """)
    void limit_findsWhatTheUpstreamCanUse(int most, String upstreams, String limit) {
        ThroughputSearch control = new ThroughputSearch(most, 16, 64, 64 * 1_250);
        Pattern.compile("(\\d+)x(\\d+) for (\\d+)")
                .matcher(upstreams)
                .results()
                .forEach(each -> run(
                        control,
                        Integer.parseInt(each.group(1)),
                        1_000 * Long.parseLong(each.group(2)),
                        1_000_000 * Long.parseLong(each.group(3))));

        int to = limit.indexOf(" to ");
        assertThat(control.limit())
                .isBetween(Integer.parseInt(limit.substring(0, to)), Integer.parseInt(limit.substring(to + 4)));
    }

    @Test
    void limit_placesToSpare_staysAsItIs() {
        ThroughputSearch control = new ThroughputSearch(1000, 16, 64, 64 * 1_250);
        for (int i = 0; i < 10_000; i++) {
            now += 1_000;
            control.finished(1, 5_000, 5, now);
        }

        assertThat(control.limit()).isEqualTo(16);
    }
}
