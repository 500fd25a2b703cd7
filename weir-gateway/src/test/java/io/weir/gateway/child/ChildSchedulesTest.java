package io.weir.gateway.child;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.ChildPolicy;
import io.weir.gateway.schedule.Schedules;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Children that come and go within their budget, and what they write in parts of any size. */
class ChildSchedulesTest {
    private record Child(String tenant, String address) {}

    @Test
    void children_areNeverMoreThanTheirBudget_andAllPlacesComeBack() {
        Schedules.run("children", ChildSchedulesTest::children);
    }

    private static void children(SplittableRandom random) {
        int max = 1 + random.nextInt(8);
        int perTenant = 1 + random.nextInt(max);
        int perAddress = 1 + random.nextInt(max);
        int rate = 1 + random.nextInt(20);
        Duration any = Duration.ofSeconds(1);
        ChildBudget budget =
                new ChildBudget(new ChildPolicy(false, max, perTenant, perAddress, rate, any, any, any, any, 0, 1_000));
        List<Child> children = new ArrayList<>();
        List<Long> starts = new ArrayList<>();
        long now = random.nextLong();
        for (int i = 0; i < 80; i++) {
            now += random.nextInt(200_000_000);
            // A gateway that was stopped lets no time pass in between.
            now += random.nextInt(40) == 0 ? 30_000_000_000L : 0;
            if (random.nextInt(3) > 0) {
                Child child = new Child("t" + random.nextInt(3), random.nextInt(4) == 0 ? "" : "a" + random.nextInt(3));
                long ofTenant = children.stream()
                        .filter(each -> each.tenant.equals(child.tenant))
                        .count();
                long ofAddress = children.stream()
                        .filter(each -> each.address.equals(child.address))
                        .count();
                long from = now;
                long inTheLastSecond = starts.stream()
                        .filter(each -> from - each < 1_000_000_000L)
                        .count();
                ChildBudget.Answer answer = budget.take(child.tenant, child.address, now);
                boolean addressFull = !child.address.isEmpty() && perAddress < max && ofAddress >= perAddress;
                boolean tenantFull = perTenant < max && ofTenant >= perTenant;
                ChildBudget.Answer full = addressFull
                        ? ChildBudget.Answer.ADDRESS_FULL
                        : tenantFull
                                ? ChildBudget.Answer.TENANT_FULL
                                : children.size() >= max ? ChildBudget.Answer.FULL : ChildBudget.Answer.GRANTED;
                if (full != ChildBudget.Answer.GRANTED) {
                    assertThat(answer).isEqualTo(full);
                } else if (answer == ChildBudget.Answer.RATE) {
                    assertThat(starts).as("starts before one that is too soon").isNotEmpty();
                } else {
                    assertThat(answer).isEqualTo(ChildBudget.Answer.GRANTED);
                    // Those of a second at the rate, and those that were due in the second before.
                    assertThat(inTheLastSecond).as("starts in a second").isLessThan(2L * rate);
                    children.add(child);
                    starts.add(now);
                }
            } else if (!children.isEmpty()) {
                Child gone = children.remove(random.nextInt(children.size()));
                budget.giveBack(gone.tenant, gone.address);
            }
            assertThat(budget.count()).isEqualTo(children.size()).isLessThanOrEqualTo(max);
        }
        for (Child each : children) {
            budget.giveBack(each.tenant, each.address);
        }
        assertThat(budget.count()).isZero();
        assertThat(budget.count("t0") + budget.countOfAddress("a0")).isZero();
        assertThat(budget.take("t0", "a0", now + 1_000_000_000L)).isEqualTo(ChildBudget.Answer.GRANTED);
    }

    @Test
    void output_ofRandomParts_isReadAsTheLinesThatWereWritten() {
        Schedules.run("lines of children", ChildSchedulesTest::output);
    }

    private static void output(SplittableRandom random) {
        int max = 10 + random.nextInt(3_000);
        StringBuilder all = new StringBuilder();
        List<String> lines = new ArrayList<>();
        for (int i = random.nextInt(12); i >= 0; i--) {
            int length = random.nextInt(3) == 0 ? random.nextInt(2 * max) : random.nextInt(40);
            String line = String.valueOf((char) ('a' + i)).repeat(length);
            lines.add(line.length() > max ? "" : line);
            all.append(line).append('\n');
        }
        // A line without an end is none.
        all.append("z".repeat(random.nextInt(10)));
        byte[] bytes = all.toString().getBytes(StandardCharsets.UTF_8);
        SplittableRandom parts = random.split();
        InputStream in = new InputStream() {
            private int at;

            @Override
            public int read() {
                throw new UnsupportedOperationException();
            }

            @Override
            public int read(byte[] to, int from, int length) {
                if (at == bytes.length) {
                    return -1;
                }
                int count = Math.min(
                        Math.min(length, bytes.length - at), 1 + parts.nextInt(parts.nextBoolean() ? 5 : 2_000));
                System.arraycopy(bytes, at, to, from, count);
                at += count;
                return count;
            }
        };
        LineReader reader = LineReader.skipping(in, max);
        try {
            for (String line : lines) {
                assertThat(new String(Objects.requireNonNull(reader.next()), StandardCharsets.UTF_8))
                        .isEqualTo(line);
            }
            assertThat(reader.next()).isNull();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
