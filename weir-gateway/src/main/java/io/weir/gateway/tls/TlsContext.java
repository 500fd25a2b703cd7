package io.weir.gateway.tls;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.weir.config.AddressBlock;
import io.weir.config.FileState;
import io.weir.config.MemoryPlan;
import io.weir.config.ServerTls;
import io.weir.config.UpstreamTls;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What TLS connections of one kind are made with: those of clients, or those to one upstream. It follows its files:
 * connections that begin later get what is in them then, those that stand are kept. Files that cannot be used change
 * nothing. TLS 1.2 and 1.3, no ALPN: the protocol inside is HTTP/1.1. Thread-safe.
 */
public final class TlsContext {
    private static final Logger LOG = LoggerFactory.getLogger("weir.tls");
    private static final String CERTIFICATE = "tls_certificate";
    private static final String KEY = "tls_key";
    private static final String CLIENT_CA = "tls_client_ca";
    private static final String CA = "tls_ca";
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
    private static final int CACHED_SESSIONS = 1_024;
    private static final long SESSION_SECONDS = 3_600;

    /** How often the gateway's certificates are on the heap during a handshake, at most; as measured. */
    private static final int HANDSHAKE_COPIES = 2;

    private static final Duration WARN_AGAIN = Duration.ofDays(1);

    /** Those with forward secrecy and authenticated encryption. */
    private static final List<String> SERVER_CIPHERS = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    static {
        // A client may ask for another handshake of TLS 1.2 as often as it likes, for the price of a few bytes.
        if (System.getProperty("jdk.tls.rejectClientInitiatedRenegotiation") == null) {
            System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
        }
    }

    /**
     * What is made of the files.
     *
     * @param files by the keys that name them
     * @param ownCertificates what the certificates take on the heap in a handshake beyond what is planned for, in bytes
     */
    private record Made(
            Map<String, PemFile> files, Optional<Identity> identity, int ownCertificates, SslContext context) {
        Made(Map<String, PemFile> files, Optional<Identity> identity, SslContext context) {
            this(files, identity, beyondPlan(identity), context);
        }

        private static int beyondPlan(Optional<Identity> identity) {
            int size = identity.map(Identity::encodedSize).orElse(0);
            return Math.max(0, HANDSHAKE_COPIES * size - MemoryPlan.OWN_CERTIFICATES);
        }
    }

    private interface Maker {
        Made make(Map<String, PemFile> files, Instant now) throws TlsException;
    }

    private final String section;
    private final Map<String, Path> paths;
    private final Maker maker;
    private volatile Made made;

    /** What was wrong with the files when they were last looked at; null if nothing was. */
    @GuardedBy("this")
    private @Nullable String problem;

    /** What became of the files, as far as it was reported; written under this monitor. */
    private volatile FileState state = FileState.applied();

    @GuardedBy("this")
    private Instant warnNext = Instant.MIN;

    private TlsContext(String section, Map<String, Path> paths, Maker maker) throws TlsException {
        this.section = section;
        this.paths = paths;
        this.maker = maker;
        this.made = maker.make(read(), Instant.now());
    }

    /**
     * For connections of clients.
     *
     * @param section of the configuration that names the files
     * @throws TlsException if they cannot be used
     */
    static TlsContext ofServer(String section, ServerTls tls) throws TlsException {
        Map<String, Path> paths = new LinkedHashMap<>();
        paths.put(CERTIFICATE, tls.certificate());
        paths.put(KEY, tls.key());
        tls.clientCa().ifPresent(ca -> paths.put(CLIENT_CA, ca));
        return new TlsContext(section, paths, TlsContext::server);
    }

    /**
     * For connections to an upstream.
     *
     * @param section of the configuration that names the files
     * @throws TlsException if they cannot be used
     */
    static TlsContext ofUpstream(String section, UpstreamTls tls) throws TlsException {
        Map<String, Path> paths = new LinkedHashMap<>();
        tls.ca().ifPresent(ca -> paths.put(CA, ca));
        tls.certificate().ifPresent(certificate -> paths.put(CERTIFICATE, certificate));
        tls.key().ifPresent(key -> paths.put(KEY, key));
        return new TlsContext(section, paths, TlsContext::upstream);
    }

    private Map<String, PemFile> read() throws TlsException {
        Map<String, PemFile> files = new LinkedHashMap<>();
        for (Map.Entry<String, Path> each : paths.entrySet()) {
            files.put(each.getKey(), PemFile.read(section + "." + each.getKey(), each.getValue()));
        }
        return files;
    }

    private static Optional<Identity> identity(Map<String, PemFile> files, Instant now) throws TlsException {
        PemFile certificate = files.get(CERTIFICATE);
        PemFile key = files.get(KEY);
        return certificate == null || key == null ? Optional.empty() : Optional.of(Identity.of(certificate, key, now));
    }

    private static Made server(Map<String, PemFile> files, Instant now) throws TlsException {
        Identity identity = identity(files, now).orElseThrow();
        SslContextBuilder builder = SslContextBuilder.forServer(identity.key(), identity.chain())
                .ciphers(SERVER_CIPHERS, SupportedCipherSuiteFilter.INSTANCE);
        PemFile ca = files.get(CLIENT_CA);
        if (ca != null) {
            builder.trustManager(ca.certificates()).clientAuth(ClientAuth.REQUIRE);
        }
        return new Made(files, Optional.of(identity), build(builder, files));
    }

    private static Made upstream(Map<String, PemFile> files, Instant now) throws TlsException {
        SslContextBuilder builder = SslContextBuilder.forClient().endpointIdentificationAlgorithm("HTTPS");
        PemFile ca = files.get(CA);
        if (ca != null) {
            builder.trustManager(ca.certificates());
        }
        Optional<Identity> identity = identity(files, now);
        identity.ifPresent(own -> builder.keyManager(own.key(), own.chain()));
        return new Made(files, identity, build(builder, files));
    }

    private static SslContext build(SslContextBuilder builder, Map<String, PemFile> files) throws TlsException {
        try {
            return builder.sslProvider(SslProvider.JDK)
                    .protocols(PROTOCOLS)
                    .sessionCacheSize(CACHED_SESSIONS)
                    .sessionTimeout(SESSION_SECONDS)
                    .build();
        } catch (SSLException | IllegalArgumentException e) {
            String what = "cannot be used for TLS: " + e.getMessage();
            Optional<PemFile> first = files.values().stream().findFirst();
            throw first.isPresent() ? first.get().problem(what) : new TlsException("TLS " + what);
        }
    }

    /**
     * Puts TLS ahead of all handlers of a client's connection: from then on they read and write plain text. To be
     * called on the connection's event loop.
     *
     * @param handshakeMillis how long the handshake may take; 0 if the caller looks after that
     * @param memory of that event loop, for records that are not whole
     * @param refused ends the connection, because that memory is full
     * @return the handler that decrypts and encrypts
     */
    public SslHandler encrypt(Channel channel, long handshakeMillis, RecordMemory memory, Runnable refused) {
        SslHandler handler = handler(channel.alloc());
        handler.setHandshakeTimeoutMillis(handshakeMillis);
        TlsRecords records = new TlsRecords(channel, memory, made.ownCertificates(), refused);
        handler.handshakeFuture().addListener(done -> {
            if (done.isSuccess()) {
                records.handshakeDone();
            }
        });
        channel.pipeline()
                .addFirst("plain-text", records.plainText())
                .addFirst("ssl", handler)
                .addFirst("tls-records", records);
        return handler;
    }

    /** The handler of a client's connection, by itself. */
    SslHandler handler(ByteBufAllocator allocator) {
        return made.context().newHandler(allocator, HandshakeThreads.SHARED);
    }

    /**
     * The handler of a connection to an upstream.
     *
     * @param name that the certificate must be for: a host name, or an IP address without brackets
     * @param handshakeMillis how long the handshake may take
     */
    public SslHandler handler(ByteBufAllocator allocator, String name, int port, long handshakeMillis) {
        SslHandler handler = made.context().newHandler(allocator, name, port);
        handler.setHandshakeTimeoutMillis(handshakeMillis);
        if (AddressBlock.address(name) == null) {
            SSLParameters parameters = handler.engine().getSSLParameters();
            // By itself the JDK does not name hosts without a dot.
            parameters.setServerNames(List.of(new SNIHostName(name)));
            handler.engine().setSSLParameters(parameters);
        }
        return handler;
    }

    /**
     * Follows the files if they have changed, and warns of a certificate that ends soon. Reads them: not for event
     * loops.
     */
    synchronized void follow(Instant now) {
        try {
            Map<String, PemFile> files = read();
            if (!haveSame(files, made.files())) {
                made = maker.make(files, now);
                warnNext = Instant.MIN;
                state = FileState.applied();
                LOG.info("{}: files of TLS have changed; new connections use them{}", section, described());
            }
            problem = null;
            if (!state.isApplied()) {
                state = FileState.applied();
                LOG.info("{}: files of TLS are again what connections use", section);
            }
        } catch (TlsException e) {
            report(String.valueOf(e.getMessage()));
        }
        if (now.isAfter(warnNext)) {
            warnNext = now.plus(WARN_AGAIN);
            warning(now).ifPresent(LOG::warn);
        }
    }

    private String described() {
        return made.identity().map(own -> ": " + own.describe()).orElse("");
    }

    /** Once, when it is found for the second time: a certificate may be replaced a moment before its key. */
    @GuardedBy("this")
    private void report(String found) {
        if (!found.equals(problem)) {
            problem = found;
        } else if (!state.problems().equals(List.of(found))) {
            state = FileState.rejected(List.of(found));
            LOG.error("{}; new connections use what was read before", found);
        }
    }

    private static boolean haveSame(Map<String, PemFile> files, Map<String, PemFile> others) {
        return files.entrySet().stream().allMatch(each -> {
            PemFile other = others.get(each.getKey());
            return other != null && each.getValue().text().equals(other.text());
        });
    }

    /** The section of the configuration that names the files. */
    public String section() {
        return section;
    }

    /** The files. */
    public List<Path> files() {
        return List.copyOf(paths.values());
    }

    /** What became of the files when they were read last; a problem counts when it is found for the second time. */
    public FileState fileState() {
        return state;
    }

    /** That its certificate ends soon, if it does. */
    Optional<String> warning(Instant now) {
        return made.identity().flatMap(own -> own.warning(now));
    }
}
