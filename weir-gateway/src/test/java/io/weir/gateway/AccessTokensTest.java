package io.weir.gateway;

import static io.weir.gateway.TestTokens.AUDIENCE;
import static io.weir.gateway.TestTokens.EC;
import static io.weir.gateway.TestTokens.ISSUER;
import static io.weir.gateway.TestTokens.OTHER_RSA;
import static io.weir.gateway.TestTokens.RSA;
import static io.weir.gateway.TestTokens.claims;
import static io.weir.gateway.TestTokens.encode;
import static io.weir.gateway.TestTokens.settings;
import static io.weir.gateway.TestTokens.sign;
import static io.weir.gateway.TestTokens.signText;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens (JWT) that prove tenants, as a gateway accepts and refuses them. */
class AccessTokensTest {
    private static final String RESOURCE = "/.well-known/oauth-protected-resource";
    private static final String RESULT = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";

    @TempDir
    Path folder;

    private final List<String> heads = new CopyOnWriteArrayList<>();

    private RawServer server() throws IOException {
        return new RawServer((socket, n) -> serve(socket));
    }

    private void serve(Socket socket) throws IOException {
        while (true) {
            RawServer.Request request = RawServer.read(socket);
            heads.add(request.head());
            writeJson(socket, RESULT);
        }
    }

    private static HttpResponse<String> call(GatewayHarness rig, String... headers) throws Exception {
        return rig.call(GatewayHarness.call(1, "echo"), headers).get();
    }

    private static HttpResponse<String> bearing(GatewayHarness rig, String token) throws Exception {
        return call(rig, "Authorization", "Bearer " + token);
    }

    private static String challenge(HttpResponse<String> response) {
        return response.headers().firstValue("WWW-Authenticate").orElse("none");
    }

    private GatewayHarness start(RawServer server, String... more) throws Exception {
        return GatewayHarness.start(server.url().toString(), settings(TestTokens.file(folder, RSA, EC), more));
    }

    private static void writeJson(Socket socket, String json) throws IOException {
        RawServer.write(
                socket,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + json.length() + "\r\n\r\n"
                        + json);
    }

    @Test
    void token_ofTheIssuer_provesItsTenant_andDoesNotGoOnToTheServer() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = start(server, "tenants.header=X-Tenant")) {
            for (String token : List.of(
                    sign(RSA, claims("acme").build()),
                    sign(RSA, JWSAlgorithm.PS256, claims("acme").build()),
                    sign(EC, claims("acme").build()),
                    sign(
                            RSA,
                            new JWSHeader.Builder(JWSAlgorithm.RS256)
                                    .keyID("rsa-1")
                                    .type(new JOSEObjectType("at+jwt"))
                                    .build(),
                            claims("acme").build()),
                    sign(RSA, new JWSHeader(JWSAlgorithm.RS256), claims("acme").build()),
                    sign(
                            RSA,
                            claims("acme")
                                    .audience(List.of("https://other.example", AUDIENCE))
                                    .build()),
                    sign(
                            RSA,
                            claims("acme")
                                    .expirationTime(Date.from(Instant.now().minusSeconds(10)))
                                    .build()))) {
                assertThat(bearing(rig, token).statusCode()).isEqualTo(200);
                assertThat(bearing(rig, token).statusCode()).as("again").isEqualTo(200);
            }
            assertThat(heads)
                    .hasSize(14)
                    .allSatisfy(head -> assertThat(head.toLowerCase(java.util.Locale.ROOT))
                            .contains("x-tenant: acme\r\n")
                            .doesNotContain("authorization:", "bearer"));
            assertThat(rig.stats()).contains("\"tenant\":\"acme\"", "\"unauthorized\":0");
        }
    }

    @Test
    void claim_thatIsConfigured_isTheTenant_andTheTokenGoesOnWhereThatIsConfigured() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = start(
                        server,
                        "tenants.jwt_claim=org_id",
                        "tenants.forward_credentials=true",
                        "tenants.header=X-Tenant")) {
            String token =
                    sign(RSA, claims("user|1").claim("org_id", "auth0|org").build());

            assertThat(bearing(rig, token).statusCode()).isEqualTo(200);
            assertThat(heads.get(0))
                    .containsIgnoringCase("x-tenant: auth0|org\r\n")
                    .contains("Bearer " + token);
            assertThat(bearing(rig, sign(RSA, claims("user|1").build())).statusCode())
                    .isEqualTo(401);
        }
    }

    private static JWTClaimsSet.Builder valid() {
        return claims("acme");
    }

    private static Date in(Duration time) {
        return Date.from(Instant.now().plus(time));
    }

    private static String tampered(String token, int part, String from, String to) {
        String[] parts = token.split("\\.", -1);
        String text = new String(java.util.Base64.getUrlDecoder().decode(parts[part]), StandardCharsets.UTF_8);
        assertThat(text).contains(from);
        parts[part] = encode(text.replace(from, to));
        return String.join(".", parts);
    }

    private static String payload(String changedFrom, String changedTo) {
        String payload = valid().build().toString();
        assertThat(payload).contains(changedFrom);
        return payload.replace(changedFrom, changedTo);
    }

    private static String signedText(String payload) {
        return signText(RSA, JWSAlgorithm.RS256, "{\"alg\":\"RS256\",\"kid\":\"rsa-1\"}", payload);
    }

    /** Tokens that prove nothing, by what is wrong with them, each with the description of the challenge. */
    private static Map<String, String[]> invalid() throws Exception {
        String good = sign(RSA, valid().build());
        String none = new PlainJWT(valid().build()).serialize();
        SignedJWT confused = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("rsa-1").build(), valid().build());
        confused.sign(new MACSigner(RSA.toPublicJWK().toString().getBytes(StandardCharsets.UTF_8)));
        SignedJWT der = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("rsa-1").build(), valid().build());
        der.sign(new MACSigner(RSA.toRSAPublicKey().getEncoded()));
        SignedJWT secret = new SignedJWT(new JWSHeader(JWSAlgorithm.HS512), valid().build());
        secret.sign(new MACSigner(new OctetSequenceKeyGenerator(512).generate()));
        RSAKey imposter = new RSAKeyGenerator(2048).keyID("rsa-1").generate();
        String body = good.substring(0, good.lastIndexOf('.'));
        String claims = valid().build().toString();
        String malformed = "the token is no signed JSON Web Token";
        String signature = "the signature of the token is not valid";
        String algorithm = "the token is signed with an algorithm that is not accepted";
        String unknown = "the token is signed with a key that is not known";
        String noTenant = "the token has no claim that names a tenant";

        Map<String, String[]> all = new LinkedHashMap<>();
        all.put("alg none", new String[] {none, malformed});
        all.put("an API key that is none any more", new String[] {"weir_0123456789", "this API key is not valid"});
        all.put("alg None", new String[] {encode("{\"alg\":\"None\"}") + "." + encode(claims) + ".", malformed});
        all.put("alg none with a signature", new String[] {tampered(good, 0, "RS256", "none"), malformed});
        all.put("no signature", new String[] {body + ".", malformed});
        all.put("HMAC with the public key as JWK", new String[] {confused.serialize(), algorithm});
        all.put("HMAC with the public key as DER", new String[] {der.serialize(), algorithm});
        all.put("HMAC with a secret", new String[] {secret.serialize(), algorithm});
        all.put(
                "an algorithm that is not configured",
                new String[] {sign(RSA, JWSAlgorithm.RS512, valid().build()), algorithm});
        all.put("an RSA signature for ES256", new String[] {
            signText(RSA, JWSAlgorithm.RS256, "{\"alg\":\"ES256\",\"kid\":\"ec-1\"}", claims), signature
        });
        all.put("ES256 with the id of an RSA key", new String[] {
            signText(EC, JWSAlgorithm.ES256, "{\"alg\":\"ES256\",\"kid\":\"rsa-1\"}", claims), unknown
        });
        all.put("an ES256 signature of zeros", new String[] {
            encode("{\"alg\":\"ES256\",\"kid\":\"ec-1\"}") + "." + encode(claims) + "." + "A".repeat(86), signature
        });
        all.put("another key of the same id", new String[] {sign(imposter, valid().build()), signature});
        all.put("an unknown key", new String[] {sign(OTHER_RSA, valid().build()), unknown});
        all.put("a key that the token brings along", new String[] {
            sign(
                    imposter,
                    new JWSHeader.Builder(JWSAlgorithm.RS256)
                            .jwk(imposter.toPublicJWK())
                            .build(),
                    valid().build()),
            signature
        });
        all.put("a key at a URL that the token names", new String[] {
            signText(
                    imposter,
                    JWSAlgorithm.RS256,
                    "{\"alg\":\"RS256\",\"kid\":\"x\",\"jku\":\"http://127.0.0.1:9/\"}",
                    claims),
            unknown
        });
        all.put("a curve that ES256 is not for", new String[] {
            sign(new ECKeyGenerator(Curve.P_384).keyID("ec-1").generate(), JWSAlgorithm.ES384, valid().build()),
            algorithm
        });
        all.put("a tampered header", new String[] {tampered(good, 0, "RS256", "PS256"), signature});
        all.put("a tampered payload", new String[] {tampered(good, 1, "acme", "evil"), signature});
        all.put("a tampered signature", new String[] {
            good.substring(0, good.length() - 8) + (good.endsWith("AAAA") ? "BBBBBBBB" : "AAAAAAAA"), signature
        });
        all.put("another issuer", new String[] {
            sign(RSA, valid().issuer(ISSUER + "/").build()), "the token is of another issuer"
        });
        all.put("no issuer", new String[] {sign(RSA, valid().issuer(null).build()), "the token is of another issuer"});
        all.put("another audience", new String[] {
            sign(RSA, valid().audience(AUDIENCE + "/more").build()), "the token is for another audience"
        });
        all.put("no audience", new String[] {
            sign(RSA, valid().audience((String) null).build()), "the token is for another audience"
        });
        all.put("expired", new String[] {
            sign(RSA, valid().expirationTime(in(Duration.ofSeconds(-31))).build()), "the token has expired"
        });
        all.put("no expiry", new String[] {
            sign(RSA, valid().expirationTime(null).build()), "the token does not say when it expires"
        });
        all.put("not yet valid", new String[] {
            sign(RSA, valid().notBeforeTime(in(Duration.ofMinutes(5))).build()), "the token is not valid yet"
        });
        all.put("issued in the future", new String[] {
            sign(RSA, valid().issueTime(in(Duration.ofMinutes(5))).build()), "the token is not valid yet"
        });
        all.put("no subject", new String[] {sign(RSA, valid().subject(null).build()), noTenant});
        all.put("a subject that is a number", new String[] {signedText(payload("\"acme\"", "7")), noTenant});
        all.put(
                "a subject that is an object",
                new String[] {signedText(payload("\"acme\"", "{\"sub\":\"a\"}")), malformed});
        all.put("a subject with a blank", new String[] {sign(RSA, claims("a b").build()), noTenant});
        all.put("a subject with a line end", new String[] {
            sign(RSA, claims("a\r\nX-Evil: 1").build()), noTenant
        });
        all.put("a subject that is too long", new String[] {
            sign(RSA, claims("x".repeat(129)).build()), noTenant
        });
        all.put(
                "an expiry that is a text",
                new String[] {signedText(payload("\"exp\":", "\"exp\":\"tomorrow\",\"x\":")), malformed});
        all.put(
                "an expiry beyond all numbers",
                new String[] {signedText(payload("\"exp\":", "\"exp\":-1e999,\"x\":")), null});
        all.put("a duplicate claim", new String[] {signedText("{\"sub\":\"acme\"," + claims.substring(1)), malformed});
        all.put("a duplicate algorithm", new String[] {
            signText(RSA, JWSAlgorithm.RS256, "{\"alg\":\"RS256\",\"alg\":\"RS256\",\"kid\":\"rsa-1\"}", claims),
            malformed
        });
        all.put("a payload that is a list", new String[] {signedText("[" + claims + "]"), malformed});
        all.put("a token in a token", new String[] {
            signText(RSA, JWSAlgorithm.RS256, "{\"alg\":\"RS256\",\"kid\":\"rsa-1\",\"cty\":\"JWT\"}", good), malformed
        });
        all.put("deeply nested claims", new String[] {
            signedText("{\"sub\":" + "[".repeat(2_000) + "]".repeat(2_000) + "}"), malformed
        });
        all.put("a critical extension", new String[] {
            signText(
                    RSA,
                    JWSAlgorithm.RS256,
                    "{\"alg\":\"RS256\",\"kid\":\"rsa-1\",\"crit\":[\"exp\"],\"exp\":1}",
                    claims),
            "the token needs an extension that is not known"
        });
        all.put("a payload that is not encoded", new String[] {
            signText(
                    RSA,
                    JWSAlgorithm.RS256,
                    "{\"alg\":\"RS256\",\"kid\":\"rsa-1\",\"b64\":false,\"crit\":[\"b64\"]}",
                    claims),
            "the token needs an extension that is not known"
        });
        all.put("another type of token", new String[] {
            sign(
                    RSA,
                    new JWSHeader.Builder(JWSAlgorithm.RS256)
                            .keyID("rsa-1")
                            .type(new JOSEObjectType("logout+jwt"))
                            .build(),
                    valid().build()),
            "the token is of a type that is no access token"
        });
        all.put("an encrypted token", new String[] {
            encode("{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A128GCM\"}") + ".AAAA.AAAA.AAAA.AAAA", malformed
        });
        all.put("a huge token", new String[] {
            sign(RSA, valid().claim("x", "y".repeat(8_192)).build()), "the token is longer than 8192 characters"
        });
        all.put("two parts", new String[] {body, malformed});
        all.put("four parts", new String[] {good + ".AAAA", malformed});
        all.put("no JSON", new String[] {encode("alg") + "." + encode("x") + ".AAAA", malformed});
        all.put("no Base64", new String[] {"!!.!!.!!", malformed});
        all.put("an opaque text", new String[] {"f".repeat(40), malformed});
        return all;
    }

    @Test
    void token_thatProvesNothing_isRefusedWithItsReason() throws Exception {
        Map<String, String[]> all = invalid();
        assertThat(all).hasSizeGreaterThan(45);
        try (RawServer server = server();
                GatewayHarness rig = start(server)) {
            assertThat(bearing(rig, sign(RSA, valid().build())).statusCode()).isEqualTo(200);
            SoftAssertions checks = new SoftAssertions();
            for (Map.Entry<String, String[]> each : all.entrySet()) {
                String what = each.getKey();
                String token = each.getValue()[0];
                String problem = each.getValue()[1];
                HttpResponse<String> answer = bearing(rig, token);
                checks.assertThat(answer.statusCode()).as(what).isEqualTo(401);
                String expected = "Bearer realm=\"weir\", resource_metadata=\"http://127.0.0.1:" + rig.port() + RESOURCE
                        + "/mcp\", error=\"invalid_token\", error_description=\"";
                checks.assertThat(challenge(answer)).as(what).startsWith(expected);
                if (problem != null) {
                    checks.assertThat(challenge(answer)).as(what).isEqualTo(expected + problem + "\"");
                }
                checks.assertThat(answer.body()).as(what).doesNotContain(token);
            }
            checks.assertAll();
            assertThat(heads).as("what reached the server").hasSize(1);
            assertThat(rig.stats()).contains("\"unauthorized\":" + all.size());
        }
    }

    @Test
    void request_withoutAToken_isChallengedWithoutAnError_andTheMetadataNamesTheServers() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = start(
                        server,
                        "tenants.jwt_scopes=mcp,tools",
                        "tenants.jwt_authorization_servers=https://login.example")) {
            HttpResponse<String> answer = call(rig);
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(challenge(answer))
                    .isEqualTo("Bearer realm=\"weir\", resource_metadata=\"http://127.0.0.1:" + rig.port() + RESOURCE
                            + "/mcp\", scope=\"mcp tools\"");
            assertThat(get(rig, RESOURCE + "/mcp"))
                    .startsWith("HTTP/1.1 200 ")
                    .contains("{\"resource\":\"http://localhost/mcp\",\"authorization_servers\":"
                            + "[\"https://login.example\"],\"bearer_methods_supported\":[\"header\"],"
                            + "\"scopes_supported\":[\"mcp\",\"tools\"]}");
            assertThat(get(rig, "/.well-known/oauth-authorization-server")).startsWith("HTTP/1.1 404 ");
            assertThat(heads).as("what reached the server").isEmpty();
        }
    }

    private static String get(GatewayHarness rig, String path) throws IOException {
        try (Socket socket = rig.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void scopes_thatAreMissing_areAnswered403() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = start(server, "tenants.jwt_scopes=mcp,tools")) {
            HttpResponse<String> answer =
                    bearing(rig, sign(RSA, valid().claim("scope", "mcp other").build()));

            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(challenge(answer)).contains("error=\"insufficient_scope\"", "scope=\"mcp tools\"");
            assertThat(bearing(
                                    rig,
                                    sign(
                                            RSA,
                                            valid().claim("scope", "a tools mcp")
                                                    .build()))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(bearing(
                                    rig,
                                    sign(
                                            RSA,
                                            valid().claim("scp", List.of("mcp", "tools"))
                                                    .build()))
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void keysAndTokens_areAcceptedBesideEachOther_butNotOfTwoTenants() throws Exception {
        Path jwks = TestTokens.file(folder, RSA);
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.keyed(server, folder, settings(jwks, "tenants.header=X-Tenant"))) {
            String ofA = sign(RSA, claims("a").build());
            assertThat(call(rig, "X-API-Key", GatewayHarness.KEY_A).statusCode())
                    .isEqualTo(200);
            assertThat(bearing(rig, GatewayHarness.KEY_B).statusCode()).isEqualTo(200);
            assertThat(call(rig, "X-API-Key", GatewayHarness.KEY_A, "Authorization", "Bearer " + ofA)
                            .statusCode())
                    .isEqualTo(200);
            assertThat(heads).allSatisfy(head -> assertThat(head).doesNotContainIgnoringCase("authorization:"));
            heads.clear();

            // What somebody else has issued is for the server.
            assertThat(call(rig, "X-API-Key", GatewayHarness.KEY_A, "Authorization", "Bearer of-the-server")
                            .statusCode())
                    .isEqualTo(200);
            String foreign = sign(OTHER_RSA, claims("z").build());
            assertThat(call(rig, "X-API-Key", GatewayHarness.KEY_A, "Authorization", "Bearer " + foreign)
                            .statusCode())
                    .isEqualTo(200);
            assertThat(heads.get(0)).contains("Bearer of-the-server");
            assertThat(heads.get(1)).contains("Bearer " + foreign);
            heads.clear();

            // What was issued for this gateway is not, whether it is valid or not.
            assertThat(call(rig, "X-API-Key", GatewayHarness.KEY_B, "Authorization", "Bearer " + ofA)
                            .statusCode())
                    .isEqualTo(401);
            String expired = sign(
                    RSA, claims("a").expirationTime(in(Duration.ofHours(-1))).build());
            assertThat(call(rig, "X-API-Key", GatewayHarness.KEY_A, "Authorization", "Bearer " + expired)
                            .statusCode())
                    .isEqualTo(401);
            assertThat(heads).isEmpty();
        }
    }

    @Test
    void keysOfTheFile_areFollowed_andTokensOfAWithdrawnOneAreRefusedAtOnce() throws Exception {
        Path file = Files.writeString(folder.resolve("weir.yaml"), "upstreams:\n  a: http://127.0.0.1:9/mcp\n");
        Path jwks = TestTokens.file(folder, RSA);
        try (GatewayHarness rig = GatewayHarness.live(file, settings(jwks))) {
            String before = sign(RSA, claims("acme").build());
            String after = sign(OTHER_RSA, claims("acme").build());
            assertThat(bearing(rig, before).statusCode()).isNotEqualTo(401);
            assertThat(bearing(rig, after).statusCode()).isEqualTo(401);

            TestTokens.file(folder, OTHER_RSA);
            rig.gateway.reload();
            assertThat(bearing(rig, before).statusCode()).isEqualTo(401);
            assertThat(bearing(rig, after).statusCode()).isNotEqualTo(401);

            Files.writeString(jwks, "{\"keys\":[");
            rig.gateway.reload();
            assertThat(bearing(rig, after).statusCode())
                    .as("a broken file changes nothing")
                    .isNotEqualTo(401);
        }
    }

    @Test
    void keysThatAreUnfit_areNotVerifiedWith() throws Exception {
        RSAKey weak = new RSAKeyGenerator(1024, true).keyID("weak").generate();
        RSAKey encrypting =
                new RSAKeyGenerator(2048).keyID("enc").keyUse(KeyUse.ENCRYPTION).generate();
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(), settings(TestTokens.file(folder, RSA, weak, encrypting)))) {
            assertThat(bearing(rig, sign(encrypting, valid().build())).statusCode())
                    .isEqualTo(401);
            assertThat(bearing(rig, sign(RSA, valid().build())).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void keysOfAUrl_areFetchedAgainForAnUnknownKey_butNotForEachOne() throws Exception {
        List<String> fetched = new CopyOnWriteArrayList<>();
        List<String> sets = new CopyOnWriteArrayList<>(List.of(TestTokens.jwks(RSA)));
        try (RawServer server = server();
                RawServer issuer = new RawServer((socket, n) -> {
                    while (true) {
                        fetched.add(RawServer.read(socket).head());
                        String set = sets.get(sets.size() - 1);
                        writeJson(socket, set);
                    }
                });
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "tenants.jwt_jwks_url=" + issuer.url(),
                        "tenants.jwt_issuer=" + ISSUER,
                        "tenants.jwt_audience=" + AUDIENCE)) {
            assertThat(bearing(rig, sign(RSA, valid().build())).statusCode()).isEqualTo(200);
            assertThat(fetched).hasSize(1);
            // The first fetch was a moment ago.
            List<CompletableFuture<HttpResponse<String>>> flood = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                flood.add(rig.call(
                        GatewayHarness.call(1, "echo"),
                        "Authorization",
                        "Bearer " + sign(OTHER_RSA, claims("t" + i).build())));
            }
            for (CompletableFuture<HttpResponse<String>> each : flood) {
                assertThat(each.get().statusCode()).isEqualTo(401);
            }
            assertThat(fetched).hasSize(1);
        }
    }

    @Test
    void keysThatCannotBeFetched_areAnswered503_andNotAsABadToken() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "tenants.jwt_jwks_url=http://127.0.0.1:9/jwks",
                        "tenants.jwt_issuer=" + ISSUER,
                        "tenants.jwt_audience=" + AUDIENCE)) {
            HttpResponse<String> answer = bearing(rig, sign(RSA, valid().build()));
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("Retry-After")).contains("1");
        }
    }

    @Test
    void newTokens_areLimitedForEachAddress_andKnownOnesAreServed() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig =
                        start(server, "edge.max_initialize_per_sec_per_address=1", "edge.max_sessions_per_address=5")) {
            String known = sign(RSA, valid().build());
            assertThat(bearing(rig, known).statusCode()).isEqualTo(200);
            List<Integer> statuses = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                statuses.add(bearing(rig, sign(OTHER_RSA, claims("t" + i).build()))
                        .statusCode());
            }
            assertThat(statuses).contains(429).containsAnyOf(401);
            assertThat(bearing(rig, known).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void bearerOfTheServer_thatIsNoToken_isNotLimited_besideAKey() throws Exception {
        Path jwks = TestTokens.file(folder, RSA);
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.keyed(
                        server,
                        folder,
                        settings(
                                jwks,
                                "edge.max_initialize_per_sec_per_address=1",
                                "edge.max_sessions_per_address=5"))) {
            for (int i = 0; i < 20; i++) {
                assertThat(call(rig, "X-API-Key", GatewayHarness.KEY_A, "Authorization", "Bearer opaque-" + i)
                                .statusCode())
                        .isEqualTo(200);
            }
            assertThat(heads).hasSize(20).allSatisfy(head -> assertThat(head).contains("Bearer opaque-"));
        }
    }

    private static String firstLine(String name, String value) {
        return "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"weir/authenticate\",\"params\":{\"" + name + "\":\"" + value
                + "\"}}\n";
    }

    /** What a TCP client gets for two lines. */
    private static String overTcp(GatewayHarness rig, String lines, int answers) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), rig.tcpPort())) {
            socket.setSoTimeout((int) GatewayHarness.PATIENCE.toMillis());
            socket.getOutputStream().write(lines.getBytes(StandardCharsets.UTF_8));
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < answers; i++) {
                all.append(in.readLine()).append('\n');
            }
            return all.toString();
        }
    }

    @Test
    void token_inTheFirstLineOverTcp_provesTheTenant() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = start(server, "tcp.listen=127.0.0.1:0", "tenants.header=X-Tenant")) {
            String good = sign(RSA, valid().build());
            for (String time : List.of("first", "again")) {
                assertThat(overTcp(rig, firstLine("token", good) + GatewayHarness.call(1, "echo") + "\n", 2))
                        .as(time)
                        .isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{}}\n" + RESULT + "\n");
            }
            assertThat(heads).hasSize(2).allSatisfy(head -> assertThat(head).contains("X-Tenant: acme"));
            assertThat(overTcp(rig, firstLine("token", sign(OTHER_RSA, valid().build())), 1))
                    .contains("the token is signed with a key that is not known");
            assertThat(overTcp(rig, firstLine("api_key", good), 1)).contains("with a valid access token");
            assertThat(overTcp(rig, GatewayHarness.call(1, "echo") + "\n", 1)).contains("with a valid access token");
            assertThat(rig.stats()).contains("\"unauthorized\":3");
        }
    }

    @Test
    void token_thatExpires_isRefusedFromThenOn_andEndsItsTcpConnection() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = start(server, "tcp.listen=127.0.0.1:0", "tenants.jwt_leeway_ms=0");
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), rig.tcpPort())) {
            socket.setSoTimeout((int) GatewayHarness.PATIENCE.toMillis());
            String token =
                    sign(RSA, valid().expirationTime(in(Duration.ofSeconds(4))).build());
            socket.getOutputStream().write(firstLine("token", token).getBytes(StandardCharsets.UTF_8));
            assertThat(bearing(rig, token).statusCode()).isEqualTo(200);
            GatewayHarness.await("expired", () -> {
                try {
                    return bearing(rig, token).statusCode() == 401;
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });

            assertThat(challenge(bearing(rig, token))).contains("the token has expired");
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{}}\n");
        }
    }

    @Test
    void stream_endsWithTheTokenThatItWasOpenedWith() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> {
                    RawServer.read(socket);
                    RawServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: open\n\n");
                    // Until the gateway closes it.
                    socket.getInputStream().read();
                });
                GatewayHarness rig = start(server, "tenants.jwt_leeway_ms=0");
                Socket client = rig.send("GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                        + "Connection: close\r\nAuthorization: Bearer "
                        + sign(
                                RSA,
                                valid().expirationTime(in(Duration.ofSeconds(3)))
                                        .build()) + "\r\n\r\n")) {
            assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200 ")
                    .contains(": open\n\n");
        }
    }

    /** Until the issuer has answered, the token can be neither accepted nor refused. */
    @Test
    void bodyThatIsLate_whileItsTokenIsVerified_isRefusedLikeAnyOther() throws Exception {
        AtomicInteger fetches = new AtomicInteger();
        CountDownLatch answer = new CountDownLatch(1);
        try (RawServer server = server();
                RawServer issuer = new RawServer((socket, n) -> {
                    while (true) {
                        RawServer.read(socket);
                        if (fetches.incrementAndGet() > 1) {
                            answer.await();
                        }
                        String set = TestTokens.jwks(RSA);
                        writeJson(socket, set);
                    }
                });
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "tenants.jwt_jwks_url=" + issuer.url(),
                        "tenants.jwt_issuer=" + ISSUER,
                        "tenants.jwt_audience=" + AUDIENCE,
                        "edge.body_timeout_ms=300")) {
            // Keys are not fetched again sooner than this.
            Thread.sleep(10_500);
            String request = GatewayHarness.post(
                    GatewayHarness.call(1, "echo"),
                    "Authorization: Bearer " + sign(OTHER_RSA, claims("t").build()));
            try (Socket client = rig.send(request.substring(0, request.length() - 5))) {
                String all = new String(client.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);

                assertThat(fetches).hasValue(2);
                assertThat(all)
                        .startsWith("HTTP/1.1 408 ")
                        .contains("edge.body_timeout_ms")
                        .containsOnlyOnce("HTTP/1.1 ");
            }
            answer.countDown();
            assertThat(bearing(rig, sign(RSA, valid().build())).statusCode()).isEqualTo(200);
            assertThat(heads).hasSize(1);
        }
    }

    @Test
    void bodyOfARequest_whoseTokenIsVerified_arrivesWhole() throws Exception {
        List<Integer> lengths = new CopyOnWriteArrayList<>();
        try (RawServer server = new RawServer((socket, n) -> {
                    while (true) {
                        lengths.add(RawServer.read(socket).body().length());
                        writeJson(socket, RESULT);
                    }
                });
                GatewayHarness rig = start(server)) {
            String body = GatewayHarness.call(1, "echo").replace("{}", "{\"x\":\"" + "y".repeat(300_000) + "\"}");
            for (int i = 0; i < 5; i++) {
                String token = sign(RSA, claims("t" + i).build());
                assertThat(rig.call(body, "Authorization", "Bearer " + token)
                                .get()
                                .statusCode())
                        .isEqualTo(200);
            }
            assertThat(lengths).hasSize(5).containsOnly(body.length());
        }
    }
}
