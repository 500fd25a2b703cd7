package io.weir.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.MultiMap;
import io.weir.config.GatewayConfigLoader;
import io.weir.gateway.auth.ApiKeys;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.session.Origin;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdentificationTest {
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

    private static Identification identification(Optional<ApiKeys> keys, String... settings) throws Exception {
        GatewayConfigLoader loader = new GatewayConfigLoader(1L << 30, name -> null).withoutUpstream();
        if (keys.isPresent()) {
            loader.set("tenants.api_keys_file=keys");
        }
        for (String setting : settings) {
            loader.set(setting);
        }
        return new Identification(loader.load(), keys, Optional.empty());
    }

    private static ClientConnection connection(boolean trusted, boolean shared) {
        return new ClientConnection(
                "c1",
                InetAddress.getLoopbackAddress(),
                new Origin("127.0.0.1", shared ? null : "c1"),
                trusted,
                new EmbeddedChannel(),
                new RequestFraming(8192, 100),
                new HeadMemory(new MemoryBudget(1 << 20)),
                0);
    }

    /** The tenant, or the status of the answer. */
    private static String tenant(Identification identification, MultiMap headers) {
        return tenant(identification, headers, connection(false, false));
    }

    private static String tenant(Identification identification, MultiMap headers, ClientConnection connection) {
        Identification.Identity identity =
                identification.judge(identification.prove(headers, connection), null, headers);
        return identity.isServed() ? identity.tenant() : String.valueOf(identity.status());
    }

    @Test
    void tenant_withoutKeysConfigured_isDefaultWhateverIsSent() throws Exception {
        assertThat(tenant(identification(Optional.empty()), headers("X-API-Key", key)))
                .isEqualTo("default");
    }

    @ParameterizedTest
    @CsvSource({"Authorization,Bearer KEY", "authorization,bEARER  KEY", "X-API-Key,KEY", "x-api-key,KEY"})
    void tenant_ofAValidKey_isItsOwner_andTheKeyGoesOnOnlyWhereThatIsConfigured(String name, String value)
            throws Exception {
        MultiMap headers = headers(name, value.replace("KEY", key));
        assertThat(tenant(identification(keys), headers)).isEqualTo("acme");
        assertThat(headers.isEmpty()).isTrue();

        headers = headers(name, value.replace("KEY", key));
        assertThat(tenant(identification(keys, "tenants.forward_credentials=true"), headers))
                .isEqualTo("acme");
        assertThat(headers.contains(name)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"Authorization,Basic KEY", "Authorization,KEY", "Authorization,Bearer", "X-API-Key,KEYx", "Cookie,KEY"})
    void tenant_ofAnythingElse_isNone(String name, String value) throws Exception {
        assertThat(tenant(identification(keys), headers(name, value.replace("KEY", key))))
                .isEqualTo("401");
        assertThat(tenant(identification(keys), MultiMap.caseInsensitiveMultiMap()))
                .isEqualTo("401");
    }

    @Test
    void tenant_ofAKeyBesideAnotherBearer_isTheKeysAndTheBearerStays() throws Exception {
        MultiMap both = headers("X-API-Key", key).add("Authorization", "Bearer of-the-server");

        assertThat(tenant(identification(keys), both)).isEqualTo("acme");
        assertThat(both.get("Authorization")).isEqualTo("Bearer of-the-server");
        assertThat(both.contains("X-API-Key")).isFalse();
    }

    /**
     * Who says it: anybody, a trusted proxy of many clients, one that has opened the connection for a client (PROXY
     * protocol).
     */
    @ParameterizedTest
    @CsvSource({
        "anybody, beta,        default",
        "shared,  beta,        beta",
        "shared,  a|b@c.d,     a|b@c.d",
        "shared,  'a b',       400",
        "shared,  '',          400",
        "shared,  none,        default",
        "opened,  beta,        default",
    })
    void tenant_thatAHeaderSays_isTakenOfATrustedProxyAlone(String peer, String said, String tenant) throws Exception {
        Identification identification =
                identification(Optional.empty(), "http.trusted_proxies=127.0.0.1", "tenants.proxy_header=X-Tenant");
        MultiMap headers = said.equals("none") ? MultiMap.caseInsensitiveMultiMap() : headers("x-tenant", said);

        assertThat(tenant(identification, headers, connection(!peer.equals("anybody"), peer.equals("shared"))))
                .isEqualTo(tenant);
        assertThat(headers.contains("X-Tenant")).isFalse();
    }

    @Test
    void tenant_thatAHeaderSaysTwice_orAnotherThanTheKeys_isRefused() throws Exception {
        Identification identification =
                identification(keys, "http.trusted_proxies=127.0.0.1", "tenants.proxy_header=X-Tenant");
        ClientConnection proxy = connection(true, true);

        assertThat(tenant(identification, headers("X-Tenant", "a").add("X-Tenant", "b"), proxy))
                .isEqualTo("400");
        assertThat(tenant(identification, headers("X-Tenant", "a").add("X-API-Key", key), proxy))
                .isEqualTo("401");
        assertThat(tenant(identification, headers("X-Tenant", "acme").add("X-API-Key", key), proxy))
                .isEqualTo("acme");
    }

    @Test
    void tenant_ofACertificate_isItsCommonName_andNoOtherMayBeProvenBesideIt() throws Exception {
        Identification identification = identification(
                keys, "http.tls_certificate=c", "http.tls_key=k", "http.tls_client_ca=ca", "tenants.certificate=true");
        ClientConnection certified = connection(false, false);
        certified.certified("beta");

        assertThat(tenant(identification, MultiMap.caseInsensitiveMultiMap(), certified))
                .isEqualTo("beta");
        assertThat(tenant(identification, headers("X-API-Key", key), certified)).isEqualTo("401");
        assertThat(tenant(identification, headers("X-API-Key", key), connection(false, false)))
                .isEqualTo("403");
    }
}
