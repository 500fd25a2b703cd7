package io.weir.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Priority;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the wheel hands over, and when. A slot is 2^23 ns, about 8.4 ms; a turn of the wheel 2^32 ns, about 4.3 s. */
class ExpiryWheelTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        # times to live, ns | looked at, ns | handed over at each look
        # at the nanosecond, not before
        1000000000                          | 999999999 1000000000              | -; 1000000000
        # several of one slot, each in its time
        8388609 8388610 8388611             | 8388609 8388610 8388611           | 8388609; 8388610; 8388611
        # a slot that was looked at is looked at again
        9000000                             | 8999999 8999999 9000000           | -; -; 9000000
        # the same slot, a turn of the wheel later
        1000000 4295967296                  | 1000000 4295967295 4295967296     | 1000000; -; 4295967296
        # a clock that jumps over everything, further than a turn
        1 5000000000 60000000000            | 3600000000000                     | 1,5000000000,60000000000
        # the first slot and the last
        1 8388607 8388608 4294967295        | 8388607 4294967294 4294967295     | 1,8388607; 8388608; 4294967295
        """)
    void expire_atEachLook_handsOverWhatHasExpired(String ttls, String looks, String expected) {
        QueueFixture scene = QueueFixture.withCapacity(1);
        ExpiryWheel wheel = new ExpiryWheel(0);
        Token.words(ttls).stream()
                .map(ttl -> scene.make("t", "c", Priority.CALL, Long.parseLong(ttl), 1))
                .forEach(wheel::add);

        List<String> handedOver = new ArrayList<>();
        for (String look : Token.words(looks)) {
            List<Offer> expired = new ArrayList<>();
            wheel.expire(Long.parseLong(look), offer -> {
                expired.add(offer);
                wheel.remove(offer);
            });
            handedOver.add(
                    expired.isEmpty()
                            ? "-"
                            : expired.stream()
                                    .map(Offer::ttlNanos)
                                    .sorted()
                                    .map(String::valueOf)
                                    .collect(Collectors.joining(",")));
        }

        assertThat(String.join("; ", handedOver)).isEqualTo(expected);
    }
}
