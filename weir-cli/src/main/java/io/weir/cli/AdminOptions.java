package io.weir.cli;

import io.weir.config.AdminToken;
import io.weir.config.ConfigException;
import io.weir.gateway.tls.ClientTls;
import io.weir.gateway.tls.TlsException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which gateway a command speaks to, and how: by the operator's port. */
final class AdminOptions {
    private static final Pattern PORT = Pattern.compile("\\d+");
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final String CA = "--admin-ca";
    private static final String CERTIFICATE = "--admin-cert";
    private static final String KEY = "--admin-key";
    private static final String ANOTHER = "--admin HOST:PORT names another one";

    @Option(
            names = "--admin",
            paramLabel = "HOST:PORT",
            description = "The operator's port of the gateway, or the port alone (default 127.0.0.1:9090);"
                    + " https://HOST:PORT if it has TLS.")
    private String admin = "127.0.0.1:9090";

    @Option(
            names = CA,
            paramLabel = "FILE",
            description = "A PEM file of the CA of the operator's port, for a CA that the JDK does not trust; with it,"
                    + " HOST:PORT means https://HOST:PORT.")
    private @Nullable Path ca;

    @Option(
            names = CERTIFICATE,
            paramLabel = "FILE",
            description = "A PEM file of this command's own certificate, which admin.tls_client_ca requires; with it,"
                    + " HOST:PORT means https://HOST:PORT.")
    private @Nullable Path certificate;

    @Option(names = KEY, paramLabel = "FILE", description = "A PEM file of the key of " + CERTIFICATE + ".")
    private @Nullable Path key;

    /** Made of these files when it is first needed. */
    private @Nullable SSLContext tls;

    /** The gateway does not answer, or not as one; the message says what to do. */
    static final class UnreachableException extends Exception {
        private static final long serialVersionUID = 1L;

        UnreachableException(String message) {
            super(message);
        }
    }

    /** What can be asked of the gateway with the admin token. */
    static final class Token {
        @Option(
                names = "--token-file",
                paramLabel = "FILE",
                description =
                        "The file of the admin token, which the gateway names when it starts (default: the file that"
                                + " a gateway of this user has without admin.token_file).")
        private @Nullable Path file;

        /** The token. @throws ConfigException if it cannot be read */
        String read() throws ConfigException {
            Path from = file;
            if (from == null) {
                from = AdminToken.usual(System::getenv)
                        .map(AdminToken::file)
                        .orElseThrow(() -> new ConfigException(List.of("--token-file is needed: HOME is not set")));
            }
            try {
                return Files.readString(from, StandardCharsets.ISO_8859_1).strip();
            } catch (NoSuchFileException e) {
                throw new ConfigException(
                        List.of(from + ": there is no admin token; name its file with --token-file (the"
                                + " gateway prints where it is when it starts)"));
            } catch (AccessDeniedException e) {
                throw new ConfigException(List.of(from + ": this user may not read the admin token"));
            } catch (IOException e) {
                throw new ConfigException(List.of(from + ": cannot be read: " + e.getMessage()));
            }
        }
    }

    /** The body of what a GET brings, whatever its status. @throws UnreachableException if that is not one of these */
    String get(String path, List<Integer> statuses) throws ConfigException, UnreachableException, InterruptedException {
        return body(send(HttpRequest.newBuilder(url(path))), statuses);
    }

    private static String body(HttpResponse<String> response, List<Integer> statuses) throws UnreachableException {
        if (!statuses.contains(response.statusCode())) {
            throw new UnreachableException(response.uri() + " answered with status " + response.statusCode()
                    + ", which is not the operator's port of a gateway; --admin HOST:PORT names another one");
        }
        return response.body();
    }

    /**
     * The body of what a GET with a query brings.
     *
     * @throws ConfigException if the gateway does not understand the query
     * @throws UnreachableException if it does not answer now, or is none
     */
    String asked(String path) throws ConfigException, UnreachableException, InterruptedException, IOException {
        HttpResponse<String> response = send(HttpRequest.newBuilder(url(path)));
        return switch (response.statusCode()) {
            case 400 -> throw new ConfigException(List.of(refusal(response)));
            case 503 -> throw new UnreachableException(refusal(response));
            default -> body(response, List.of(200));
        };
    }

    /** The answer to a PATCH. */
    HttpResponse<String> patch(String path, String body, String token)
            throws ConfigException, UnreachableException, InterruptedException {
        return change(
                HttpRequest.newBuilder(url(path))
                        .header("Content-Type", "application/json")
                        .method("PATCH", HttpRequest.BodyPublishers.ofString(body)),
                token);
    }

    /** The answer to a POST without a body. */
    HttpResponse<String> post(String path, String token)
            throws ConfigException, UnreachableException, InterruptedException {
        return change(HttpRequest.newBuilder(url(path)).POST(HttpRequest.BodyPublishers.noBody()), token);
    }

    /** What an answer says that is none of what was asked for: a sentence with what to do. */
    static String refusal(HttpResponse<String> response) throws IOException {
        return response.statusCode() == 401
                ? "the gateway does not accept this admin token; name its file with --token-file (the gateway"
                        + " prints where it is when it starts)"
                : JsonTree.text(JsonTree.child(JsonTree.parse(response.body()), "error"));
    }

    /** A name as a segment of a path, or a value in a query. */
    static String encode(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Where it is, as it was named. */
    String named() {
        return admin;
    }

    private HttpResponse<String> change(HttpRequest.Builder request, String token)
            throws ConfigException, UnreachableException, InterruptedException {
        try {
            request.header("Authorization", "Bearer " + token);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(List.of("--token-file: there is no admin token in it"));
        }
        return send(request);
    }

    private HttpResponse<String> send(HttpRequest.Builder builder)
            throws ConfigException, UnreachableException, InterruptedException {
        HttpRequest request = builder.timeout(PATIENCE).build();
        HttpClient client = client();
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UnreachableException(why(request.uri(), e));
        }
    }

    private HttpClient client() throws ConfigException {
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE);
        if (tlsOption() != null) {
            builder.sslContext(tls());
        }
        return builder.build();
    }

    /** An option that is given and of use with TLS alone; null if none is. */
    private @Nullable String tlsOption() {
        if (ca != null) {
            return CA;
        }
        return certificate != null ? CERTIFICATE : key != null ? KEY : null;
    }

    private SSLContext tls() throws ConfigException {
        SSLContext made = tls;
        if (made == null) {
            if ((certificate == null) != (key == null)) {
                throw new ConfigException(List.of(CERTIFICATE + " and " + KEY + " are given together, or neither"));
            }
            try {
                made = ClientTls.context(file(CA, ca), file(CERTIFICATE, certificate), file(KEY, key));
            } catch (TlsException e) {
                throw new ConfigException(List.of(String.valueOf(e.getMessage())));
            }
            tls = made;
        }
        return made;
    }

    private static ClientTls.@Nullable NamedFile file(String option, @Nullable Path path) {
        return path == null ? null : new ClientTls.NamedFile(option, path);
    }

    /** What is wrong, and what to do: a gateway that is slow needs something else than one that is not there. */
    private String why(URI uri, IOException failure) {
        String where = uri.getHost() + ":" + uri.getPort();
        if (failure instanceof HttpConnectTimeoutException) {
            return where + " accepts no connection for " + PATIENCE.toSeconds() + " s: the machine is down, a firewall"
                    + " drops the packets, or the gateway hangs; " + ANOTHER;
        }
        if (failure instanceof HttpTimeoutException) {
            return where + " accepts connections, but " + uri.getPath() + " was not answered for "
                    + PATIENCE.toSeconds() + " s: the gateway is overloaded, stopped (SIGSTOP) or hangs; try again,"
                    + " and look at its log";
        }
        if (failure instanceof ConnectException) {
            return isUnresolved(failure)
                    ? "the host name '" + uri.getHost() + "' is not known; " + ANOTHER
                    : "no gateway answers at " + uri + "; " + ANOTHER;
        }
        if (failure instanceof SSLException) {
            return TlsProbe.isPlain(failure)
                    ? where + " does not speak TLS; write --admin " + where + ", without https://"
                            + (tlsOption() == null ? "" : " and without " + tlsOption())
                    : "TLS with " + where + " failed: " + failure.getMessage() + "; " + advice(failure);
        }
        return uri.getScheme().equals("http") && TlsProbe.speaksTls(uri.getHost(), uri.getPort())
                ? where + " speaks TLS; write --admin https://" + where
                : "what listens at " + where + " does not answer as a gateway does: " + failure.getMessage() + "; "
                        + ANOTHER;
    }

    /** What to do about a handshake that failed. */
    private String advice(IOException failure) {
        String message = String.valueOf(failure.getMessage());
        if (message.contains("No subject alternative") || message.contains("No name matching")) {
            return "--admin https://NAME:PORT needs a name that the certificate is for";
        }
        if (message.contains("fatal alert") && (message.contains("certificate") || message.contains("unknown_ca"))) {
            return certificate == null
                    ? "admin.tls_client_ca of the gateway requires a certificate of its clients; name one with "
                            + CERTIFICATE + " FILE " + KEY + " FILE"
                    : certificate + " must be of a CA in admin.tls_client_ca of the gateway";
        }
        return ca == null
                ? CA + " FILE names its CA, if the JDK does not trust that"
                : ca + " must hold its CA, which is that of admin.tls_certificate";
    }

    private static boolean isUnresolved(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException) {
                return true;
            }
        }
        return false;
    }

    private URI url(String path) throws ConfigException {
        try {
            return URI.create(address() + path);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(List.of("--admin must be HOST:PORT, or a port alone, but is '" + admin + "'"));
        }
    }

    private String address() throws ConfigException {
        if (admin.startsWith("https://")) {
            return admin;
        }
        if (admin.startsWith("http://")) {
            if (tlsOption() != null) {
                throw new ConfigException(List.of(tlsOption() + " needs TLS; write --admin https://HOST:PORT"));
            }
            return admin;
        }
        return (tlsOption() == null ? "http://" : "https://")
                + (PORT.matcher(admin).matches() ? "127.0.0.1:" : "")
                + admin;
    }
}
