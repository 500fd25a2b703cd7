package io.weir.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TenantConfigTest {
    private static WeirConfigBuilder builder() {
        return new WeirConfigBuilder(1L << 30);
    }

    @ParameterizedTest
    @EnumSource(TenantKey.class)
    void set_everyKey_setsThatAlone(TenantKey key) {
        TenantConfig config = key.set(TenantConfig.COMMON, "33");

        assertThat(key.get(config)).contains("33");
        assertThat(Arrays.stream(TenantKey.values())
                        .filter(each -> each.get(config).isPresent()))
                .containsExactly(key);
        assertThat(TenantKey.find(key.key())).contains(key);
        assertThat(key.documentation()).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "MAX_MESSAGES,-1",
        "MAX_MESSAGES,16777216",
        "MAX_BYTES,-1",
        "TENANT_MAX_MESSAGES,5.5",
        "TENANT_MAX_BYTES,50MB",
        "MAX_MESSAGES_PER_SEC,0",
        "TENANT_MAX_MESSAGES_PER_SEC,1000001",
        "WEIGHT,0",
        "WEIGHT,101",
        "WEIGHT,heavy",
    })
    void set_valueThatIsNotValid_isRejected(TenantKey key, String text) {
        assertThatThrownBy(() -> key.set(TenantConfig.COMMON, text))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageStartingWith(key.key() + ": must be");
    }

    @Test
    void with_valueOutOfRange_isRejected() {
        assertThatThrownBy(() -> TenantConfig.COMMON.withWeight(0)).isInstanceOf(InvalidConfigException.class);
        assertThatThrownBy(() -> TenantConfig.COMMON.withMaxMessages(-1)).isInstanceOf(InvalidConfigException.class);
        assertThatThrownBy(() -> TenantConfig.COMMON.withTenantMaxMessagesPerSec(0))
                .isInstanceOf(InvalidConfigException.class);
    }

    @Test
    void tenants_areKeptInTheOrderOfTheirNames_andGoWithTheBuilder() {
        WeirConfig config = builder()
                .set("b", TenantKey.WEIGHT, "2")
                .set("a", TenantKey.MAX_BYTES, "1KiB")
                .set("b", TenantKey.MAX_MESSAGES, "5")
                .build();

        List<String> names = new ArrayList<>(config.tenants().keySet());
        assertThat(names).containsExactly("a", "b");
        assertThat(config.tenant("a").maxBytes()).contains(1024L);
        assertThat(config.tenant("b"))
                .isEqualTo(TenantConfig.COMMON.withMaxMessages(5).withWeight(2));
        assertThat(config.tenant("c")).isEqualTo(TenantConfig.COMMON);
        assertThat(config.toBuilder().build()).isEqualTo(config);
        assertThat(config.toBuilder().tenant("a", TenantConfig.COMMON).build().tenants())
                .containsOnlyKeys("b");
    }

    @Test
    void tenants_beyondTheMaximum_areRejected() {
        WeirConfigBuilder builder = builder();
        for (int i = 0; i < WeirConfig.MAX_TENANTS; i++) {
            builder.tenant("t" + i, TenantConfig.COMMON.withWeight(2));
        }
        assertThat(builder.build().tenants()).hasSize(WeirConfig.MAX_TENANTS);
        builder.tenant("one more", TenantConfig.COMMON.withWeight(2));

        assertThatThrownBy(builder::build)
                .isInstanceOf(InvalidConfigException.class)
                .hasMessage("tenants: can hold limits of 1000 tenants, but there are 1001; all others have the common"
                        + " ones");
    }
}
