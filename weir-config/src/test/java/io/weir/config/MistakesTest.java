package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Mistakes that would be served silently, and problems that would print a secret. */
class MistakesTest {
    private static final String SECRET = "s3cret";

    private static GatewayConfigLoader loader() {
        return new GatewayConfigLoader(8L << 30, name -> null);
    }

    private static List<String> problems(GatewayConfigLoader loader) {
        ConfigException e = catchThrowableOfType(ConfigException.class, loader::load);
        return e == null ? List.of() : e.problems();
    }

    @Test
    void upstreams_twoWithoutAName_areAProblem() {
        assertThat(problems(loader().upstream("http://h/").upstream("http://i/")))
                .containsExactly(
                        "--upstream http://i/: default: there is an upstream of this name already; give each its"
                                + " own with --upstream NAME=URL, or change the one there is with --set"
                                + " upstreams.default.url=URL");
    }

    @Test
    void upstreams_oneNameTwice_areAProblem() {
        assertThat(problems(loader().upstream("a=http://h/").upstream("a=http://i/")))
                .singleElement()
                .asString()
                .startsWith("--upstream a=http://i/: a: there is an upstream of this name already");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:8080,127.0.0.1:8080",
        "0.0.0.0:8080,127.0.0.1:8080",
        "127.0.0.1:8080,[::]:8080",
        "localhost:8080,LOCALHOST:8080",
    })
    void listen_onePortForClientsAndOperator_isAProblem(String http, String admin) {
        assertThat(problems(loader().upstream("http://h/")
                        .set("http.listen=" + http)
                        .set("admin.listen=" + admin)))
                .singleElement()
                .asString()
                .startsWith("admin.listen: is ")
                .endsWith("clients and the operator need a port each; change one with --admin or --http");
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1:0,127.0.0.1:0", "127.0.0.1:8080,127.0.0.2:8080", "0.0.0.0:8080,0.0.0.0:8081"})
    void listen_onDifferentAddresses_isNone(String http, String admin) {
        assertThat(problems(loader().upstream("http://h/")
                        .set("http.allow_plaintext=true")
                        .set("admin.allow_plaintext=true")
                        .set("http.listen=" + http)
                        .set("admin.listen=" + admin)))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length",
                "content-length",
                "Transfer-Encoding",
                "Connection",
                "Expect",
                "Keep-Alive",
                "TE",
                "Trailer",
                "Upgrade",
                "Proxy-Connection",
                "HTTP2-Settings",
                "Content-Encoding",
                "Content-Type",
                "Mcp-Session-Id"
            })
    void headers_thatFrameAMessageOrBelongToAClient_areAProblem(String header) {
        assertThat(problems(loader().upstream("a=http://h/").set("upstreams.a.headers." + header + "=" + SECRET)))
                .containsExactly("--set upstreams.a.headers." + header + ": headers: '" + header
                        + "' cannot be set: the gateway frames its own requests to the server, and sessions belong to"
                        + " clients; remove it");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://user:s3cret@h/mcp",
                "ftp://h/?api_key=s3cret",
                "https://h/mcp?s3cret#s3cret",
                "a b?k=s3cret"
            })
    void problems_ofAnUpstreamsUrl_printNoSecret(String url) {
        for (GatewayConfigLoader each : List.of(
                loader().upstream(url), loader().upstream("a=" + url), loader().set("upstreams.a.url=" + url))) {
            assertThat(problems(each))
                    .isNotEmpty()
                    .allSatisfy(problem -> assertThat(problem).doesNotContain(SECRET));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "upstreams.a.headers.Authorization=Bearer s3cret\u0001",
                "upstreams.none.headers.Authorization=Bearer s3cret",
                "Authorization=Bearer s3cret",
                "Authorization: Bearer s3cret",
                "nothing.here=s3cret",
                "edge.nothing=s3cret",
                "upstreams.a.header.X=s3cret"
            })
    void problems_ofSettings_printNoSecret(String setting) {
        assertThat(problems(loader().upstream("a=http://h/").set(setting)))
                .isNotEmpty()
                .allSatisfy(problem -> assertThat(problem).doesNotContain(SECRET));
    }
}
