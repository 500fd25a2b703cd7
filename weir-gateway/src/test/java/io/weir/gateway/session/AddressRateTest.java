package io.weir.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AddressRateTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void take_beyondTheBurst_saysHowLongToWait() {
        AddressRate rate = new AddressRate(10, 2, 100);
        assertThat(rate.take("a", 0)).isZero();
        assertThat(rate.take("a", 0)).isZero();

        long wait = rate.take("a", 0);

        assertThat(wait).isEqualTo(SECOND / 10);
        assertThat(rate.take("b", 0)).isZero();
        assertThat(rate.take("a", wait)).isZero();
    }

    @Test
    void take_ofMoreAddressesThanAreKnown_forgetsThoseThatAreDone() {
        AddressRate rate = new AddressRate(10, 2, 3);
        for (int i = 0; i < 1_000; i++) {
            assertThat(rate.take("a" + i, i * SECOND)).isZero();
        }
        assertThat(rate.addresses()).isLessThanOrEqualTo(3);
    }

    @Test
    void take_whereAllKnownAddressesAreBusy_waits() {
        AddressRate rate = new AddressRate(1, 2, 2);
        rate.take("a", 0);
        rate.take("b", 0);

        assertThat(rate.take("c", 0)).isPositive();

        assertThat(rate.take("c", 2 * SECOND)).isZero();
    }
}
