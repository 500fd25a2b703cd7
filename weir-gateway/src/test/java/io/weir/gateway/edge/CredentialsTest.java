package io.weir.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import io.weir.gateway.auth.ApiKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CredentialsTest {
    private final String key = ApiKeys.generate();

    @TempDir
    Path directory;

    private Optional<ApiKeys> keys = Optional.empty();

    @BeforeEach
    void load() throws Exception {
        Path file = Files.writeString(directory.resolve("keys"), ApiKeys.hashLine("acme", key) + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        keys = Optional.of(ApiKeys.load(file));
    }

    private static MultiMap headers(String name, String value) {
        return MultiMap.caseInsensitiveMultiMap().add(name, value);
    }

    @Test
    void tenant_withoutKeysConfigured_isDefaultWhateverIsSent() {
        assertThat(Credentials.tenant(Optional.empty(), headers("X-API-Key", key)))
                .contains("default");
    }

    @ParameterizedTest
    @CsvSource({"Authorization,Bearer KEY", "authorization,bEARER  KEY", "X-API-Key,KEY", "x-api-key,KEY"})
    void tenant_ofAValidKey_isItsOwner(String name, String value) {
        assertThat(Credentials.tenant(keys, headers(name, value.replace("KEY", key))))
                .contains("acme");
    }

    @ParameterizedTest
    @CsvSource({"Authorization,Basic KEY", "Authorization,KEY", "Authorization,Bearer", "X-API-Key,KEYx", "Cookie,KEY"})
    void tenant_ofAnythingElse_isNone(String name, String value) {
        assertThat(Credentials.tenant(keys, headers(name, value.replace("KEY", key))))
                .isEmpty();
        assertThat(Credentials.tenant(keys, MultiMap.caseInsensitiveMultiMap())).isEmpty();
    }

    @Test
    void tenant_ofAKeyBesideAnotherBearer_isTheKeysAndTheBearerStays() {
        MultiMap both = headers("X-API-Key", key).add("Authorization", "Bearer of-the-server");

        assertThat(Credentials.tenant(keys, both)).contains("acme");
        assertThat(both.get("Authorization")).isEqualTo("Bearer of-the-server");
        assertThat(both.contains("X-API-Key")).isFalse();
    }
}
