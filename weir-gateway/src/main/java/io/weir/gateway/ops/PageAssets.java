package io.weir.gateway.ops;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.weir.core.config.ConfigKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;

/**
 * The files of the operator's page, of the class path. A browser keeps them, and asks each time whether they are still
 * the same. The page may run its own script alone, apply its own style alone, speak to this port alone, and make no
 * text into HTML. The files are read when one of them is first asked for, not at the start. Immutable.
 */
final class PageAssets {
    static final String CONTENT_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
            + " require-trusted-types-for 'script'; trusted-types 'none'";

    private static final String UPLOT = "/META-INF/maven/org.webjars.npm/uplot/pom.properties";
    private static final String WEBJAR = "/META-INF/resources/webjars/uplot/";
    private static final int TAG_BYTES = 12;

    private record Asset(String type, Buffer body, String tag) {
        Asset(String type, byte[] body) {
            this(type, Buffer.buffer(body), '"' + digest(body) + '"');
        }
    }

    /** Made by the first use. */
    private static final class Files {
        static final Map<String, Asset> BY_PATH = byPath();
    }

    private static Map<String, Asset> byPath() {
        String uplot = WEBJAR + property(UPLOT, "version") + "/dist/";
        return Map.of(
                "/", new Asset("text/html; charset=utf-8", read("page/page.html")),
                "/assets/page.css", new Asset("text/css; charset=utf-8", read("page/page.css")),
                "/assets/page.mjs", new Asset("text/javascript; charset=utf-8", read("page/page.mjs")),
                "/assets/icon.svg", new Asset("image/svg+xml", read("page/icon.svg")),
                "/assets/uPlot.mjs", new Asset("text/javascript; charset=utf-8", read(uplot + "uPlot.esm.js")),
                "/assets/uPlot.css", new Asset("text/css; charset=utf-8", read(uplot + "uPlot.min.css")),
                "/assets/keys.json", new Asset("application/json", keys().getBytes(StandardCharsets.UTF_8)));
    }

    private static byte[] read(String name) {
        try (InputStream in = PageAssets.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("not on the class path: " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String property(String file, String name) {
        Properties properties = new Properties();
        try (InputStream in = PageAssets.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("not on the class path: " + file);
            }
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty(name);
    }

    /** The limits that can be changed: what they are and which values they take. */
    private static String keys() {
        return Statistics.object(json -> {
            json.writeArrayFieldStart("keys");
            for (ConfigKey key : ConfigKey.values()) {
                json.writeStartObject();
                json.writeStringField("section", key.section());
                json.writeStringField("key", key.key());
                json.writeStringField("valid", key.type().valid());
                json.writeStringField("documentation", key.documentation());
                json.writeStringField("follows", key.derivation().orElse(""));
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    private static String digest(byte[] body) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(body);
            return HexFormat.of().formatHex(hash, 0, TAG_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Answers a GET or HEAD of such a file, or with 404. */
    void serve(AdminRequest request, String path) {
        HttpServerRequest http = request.http();
        Asset asset = Files.BY_PATH.get(path);
        if (asset == null) {
            request.answer(AdminRequest.Answer.error(404, "the page has no such file"));
            return;
        }
        if (http.response().closed()) {
            return;
        }
        HttpServerResponse response = http.response()
                .putHeader("Content-Security-Policy", CONTENT_POLICY)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Cross-Origin-Opener-Policy", "same-origin")
                .putHeader("Cross-Origin-Resource-Policy", "same-origin")
                .putHeader("Cache-Control", "no-cache")
                .putHeader("ETag", asset.tag);
        if (asset.tag.equals(http.getHeader("If-None-Match"))) {
            response.setStatusCode(304).end();
            return;
        }
        response.putHeader("Content-Type", asset.type);
        if (http.method().equals(HttpMethod.HEAD)) {
            response.putHeader("Content-Length", String.valueOf(asset.body.length()))
                    .end();
        } else {
            response.end(asset.body);
        }
    }
}
