package io.weir.config;

import io.weir.core.config.ConfigKey;
import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.Profile;
import io.weir.core.config.TenantKey;
import io.weir.core.config.WeirConfig;
import io.weir.core.config.WeirConfigBuilder;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Builds a gateway's configuration. Every setter takes text and says what is wrong with it. Not thread-safe. */
final class ConfigBuilder {
    /** What means nothing without the keys that tokens are signed with. */
    private static final List<Key<?>> JWT = List.of(
            Keys.JWT_ISSUER,
            Keys.JWT_AUDIENCE,
            Keys.JWT_ALGORITHMS,
            Keys.JWT_CLAIM,
            Keys.JWT_LEEWAY,
            Keys.JWT_SCOPES,
            Keys.JWT_SERVERS);

    private final Profile profile;
    private final MemoryPlan.Jvm jvm;
    private final Optional<AdminToken> usualToken;
    private final WeirConfigBuilder limits;
    private final Values values = new Values();
    private final Map<String, UpstreamBuilder> upstreams = new LinkedHashMap<>();
    private final Set<String> replaceable = new HashSet<>();
    private boolean pipe;

    /**
     * @param limitsHeap the heap that limits follow which are a part of the heap, in bytes
     * @param usualToken where the admin token is if nothing names it
     */
    ConfigBuilder(Profile profile, MemoryPlan.Jvm jvm, long limitsHeap, Optional<AdminToken> usualToken) {
        this.profile = profile;
        this.jvm = jvm;
        this.usualToken = usualToken;
        this.limits = profile.builder(limitsHeap);
    }

    /**
     * Sets one key; lists are given with commas. @throws InvalidConfigException if there is no such key, or the text is
     * not valid for it
     */
    void set(String section, String name, String text) {
        Key<?> key = Keys.find(section, name)
                .orElseThrow(() -> new InvalidConfigException(name, Suggestions.unknownKey(section, name)));
        if (ConfigKey.find(section, name).isPresent()) {
            limits.set(section, name, text);
        } else {
            values.set(key, text);
        }
    }

    /**
     * Sets one limit of a tenant. @throws InvalidConfigException if there is no such limit, or the text is not valid
     * for it
     */
    void tenant(String tenant, String name, String text) {
        if (!TenantName.isValid(tenant)) {
            throw new InvalidConfigException(name, "a tenant's name is " + TenantName.RULE + ", not '" + tenant + "'");
        }
        TenantKey key = TenantKey.find(name)
                .orElseThrow(
                        () -> new InvalidConfigException(name, Suggestions.unknownKey(name, Keys.names(Keys.TENANT))));
        limits.set(tenant, key, text);
    }

    /** The one client is at the other end of a pipe: none connects. */
    void overPipe() {
        pipe = true;
    }

    /** What there is now may be replaced by upstreams of the same name: the command line goes over the file. */
    void endFile() {
        replaceable.addAll(upstreams.keySet());
    }

    /** Adds an upstream. @throws InvalidConfigException if there is one of that name that it may not replace */
    void add(UpstreamBuilder upstream) {
        if (!replaceable.remove(upstream.name()) && upstreams.containsKey(upstream.name())) {
            throw new InvalidConfigException(
                    upstream.name(),
                    "there is an upstream of this name already; give each its own with --upstream NAME=URL, or change"
                            + " the one there is with --set upstreams." + upstream.name() + ".url=URL");
        }
        upstreams.put(upstream.name(), upstream);
    }

    /** Adds an upstream with nothing but a URL. @throws InvalidConfigException if that is not valid */
    void upstream(String name, String url) {
        UpstreamBuilder upstream = new UpstreamBuilder(name);
        upstream.set("url", url);
        add(upstream);
    }

    /**
     * Adds an upstream that is started by a command: a program and its arguments. @throws InvalidConfigException if
     * that is not valid
     */
    void command(String name, List<String> command) {
        UpstreamBuilder upstream = new UpstreamBuilder(name);
        upstream.set(Keys.COMMAND.name(), command.get(0));
        upstream.args(command.subList(1, command.size()));
        add(upstream);
    }

    /** The upstreams by name. */
    Map<String, UpstreamBuilder> upstreams() {
        return upstreams;
    }

    boolean hasUpstreams() {
        return !upstreams.isEmpty();
    }

    /** The configuration. @throws InvalidConfigException if values are not valid together or out of range */
    GatewayConfig build() {
        HostPort http = values.get(Keys.HTTP_LISTEN);
        HostPort admin = values.get(Keys.ADMIN_LISTEN);
        if (http.overlaps(admin)) {
            throw new InvalidConfigException(
                    "admin.listen",
                    "is " + admin + ", and http.listen is " + http
                            + ": clients and the operator need a port each; change one with --admin or --http");
        }
        Optional<TcpConfig> tcp = values.find(Keys.TCP_LISTEN).map(listen -> tcp(listen, http, admin));
        ProxyConfig proxies =
                new ProxyConfig(values.get(Keys.HTTP_TRUSTED_PROXIES), values.get(Keys.HTTP_PROXY_PROTOCOL));
        requireProxies(proxies, Keys.HTTP_PROXY_PROTOCOL);
        requireProxies(proxies, Keys.TCP_PROXY_PROTOCOL);
        TlsConfig tls = new TlsConfig(
                tls("http", Keys.HTTP_TLS_CERTIFICATE, Keys.HTTP_TLS_KEY, Keys.HTTP_TLS_CLIENT_CA),
                tls("tcp", Keys.TCP_TLS_CERTIFICATE, Keys.TCP_TLS_KEY, Keys.TCP_TLS_CLIENT_CA),
                tls("admin", Keys.ADMIN_TLS_CERTIFICATE, Keys.ADMIN_TLS_KEY, Keys.ADMIN_TLS_CLIENT_CA));
        requirePrivate("http", http, tls.http(), Keys.HTTP_ALLOW_PLAINTEXT);
        tcp.ifPresent(each -> requirePrivate("tcp", each.listen(), tls.tcp(), Keys.TCP_ALLOW_PLAINTEXT));
        requirePrivate("admin", admin, tls.admin(), Keys.ADMIN_ALLOW_PLAINTEXT);
        WeirConfig weir = limits.build();
        GatewayConfig.requireSupported(weir, pipe || tcp.isPresent());
        Values defaults = MemoryPlan.defaults(jvm, values.get(Keys.MAX_BODY_BYTES), tls);
        Values edge = new Values();
        edge.putAll(defaults);
        edge.putAll(values);
        return new GatewayConfig(
                profile.key(),
                http,
                tcp,
                admin,
                upstreams.values().stream().map(each -> each.build(defaults)).toList(),
                weir,
                new RefusalConfig(values.get(Keys.HTTP_STATUS), values.get(Keys.CODE)),
                EdgeConfig.of(edge),
                values.get(Keys.HTTP_ALLOWED_ORIGINS),
                values.get(Keys.HTTP_ALLOWED_HOSTS),
                values.get(Keys.ADMIN_ALLOWED_HOSTS),
                values.find(Keys.ADMIN_TOKEN_FILE)
                        .map(file -> new AdminToken(file, true))
                        .or(() -> usualToken),
                publicUrl(),
                values.find(Keys.TENANT_HEADER),
                proxies,
                tls,
                values.find(Keys.API_KEYS_FILE),
                identity(proxies, tls),
                values.find(Keys.LOG_FILE)
                        .map(file -> new DecisionLogConfig(
                                file,
                                values.get(Keys.LOG_MAX_BYTES),
                                values.get(Keys.LOG_FILES),
                                values.get(Keys.LOG_BUFFER_LINES))),
                values.find(Keys.ACCESS_LOG_FILE)
                        .map(file -> new AccessLogConfig(
                                file,
                                values.get(Keys.ACCESS_LOG_MAX_BYTES),
                                values.get(Keys.ACCESS_LOG_FILES),
                                values.get(Keys.ACCESS_LOG_BUFFER_LINES))),
                metrics(),
                values.find(Keys.TRACING_URL)
                        .map(url -> new TracingConfig(
                                url, values.get(Keys.TRACING_RATIO), values.get(Keys.TRACING_HEADERS))));
    }

    private IdentityConfig identity(ProxyConfig proxies, TlsConfig tls) {
        boolean certificate = values.get(Keys.CERTIFICATE);
        if (certificate && tls.http().flatMap(ServerTls::clientCa).isEmpty()) {
            throw new InvalidConfigException(
                    "tenants.certificate", "needs http.tls_client_ca: without it clients show no certificate");
        }
        Optional<String> header = values.find(Keys.PROXY_HEADER);
        if (header.isPresent() && proxies.trusted().isEmpty()) {
            throw new InvalidConfigException(
                    "tenants.proxy_header", "needs http.trusted_proxies: the addresses whose word is taken");
        }
        return new IdentityConfig(jwt(), certificate, header, values.get(Keys.FORWARD_CREDENTIALS));
    }

    private Optional<JwtConfig> jwt() {
        Optional<Path> file = values.find(Keys.JWKS_FILE);
        Optional<URI> url = values.find(Keys.JWKS_URL);
        if (file.isEmpty() && url.isEmpty()) {
            for (Key<?> each : JWT) {
                if (values.find(each).isPresent()) {
                    throw new InvalidConfigException(
                            "tenants." + each.name(),
                            "needs tenants.jwt_jwks_file or tenants.jwt_jwks_url: the keys that tokens are signed with");
                }
            }
            return Optional.empty();
        }
        if (file.isPresent() && url.isPresent()) {
            throw new InvalidConfigException(
                    "tenants.jwt_jwks_url", "there is tenants.jwt_jwks_file as well: remove one of them");
        }
        url.filter(each -> !isProtected(each)).ifPresent(each -> {
            throw new InvalidConfigException(
                    "tenants.jwt_jwks_url",
                    "must be an https URL, or http on loopback: whoever can change what comes from it can make tokens");
        });
        String issuer = values.find(Keys.JWT_ISSUER)
                .orElseThrow(() -> new InvalidConfigException(
                        "tenants.jwt_issuer",
                        "is missing: name the issuer whose tokens are accepted, as it stands in their claim" + " iss"));
        List<String> audiences = values.get(Keys.JWT_AUDIENCE);
        if (audiences.isEmpty()) {
            throw new InvalidConfigException(
                    "tenants.jwt_audience",
                    "is missing: without it tokens that the issuer made for other services would be accepted");
        }
        List<String> servers = values.get(Keys.JWT_SERVERS);
        return Optional.of(new JwtConfig(
                file,
                url,
                issuer,
                audiences,
                values.get(Keys.JWT_ALGORITHMS),
                values.get(Keys.JWT_CLAIM),
                values.get(Keys.JWT_LEEWAY),
                values.get(Keys.JWT_SCOPES),
                servers.isEmpty() ? List.of(issuer) : servers));
    }

    private static boolean isProtected(URI url) {
        return "https".equalsIgnoreCase(url.getScheme())
                || ("http".equalsIgnoreCase(url.getScheme()) && new HostPort(HostPort.hostOf(url), 1).isLoopback());
    }

    private MetricsConfig metrics() {
        return new MetricsConfig(
                values.get(Keys.METRICS_MAX_TENANTS),
                values.get(Keys.METRICS_TOP_CONNECTIONS),
                values.find(Keys.OTLP_URL)
                        .map(url -> new MetricsConfig.Otlp(
                                url, values.get(Keys.OTLP_INTERVAL), values.get(Keys.OTLP_HEADERS))));
    }

    private Optional<String> publicUrl() {
        return values.find(Keys.HTTP_PUBLIC_URL).map(url -> {
            if (url.getRawQuery() != null) {
                throw new InvalidConfigException(
                        "public_url", "must have no query: paths such as /mcp are written behind it");
            }
            return url.toString().replaceAll("/+$", "");
        });
    }

    private TcpConfig tcp(HostPort listen, HostPort http, HostPort admin) {
        if (listen.overlaps(http) || listen.overlaps(admin)) {
            throw new InvalidConfigException(
                    "tcp.listen",
                    "is " + listen + ", where " + (listen.overlaps(http) ? "http.listen" : "admin.listen")
                            + " listens too: choose another port with --tcp");
        }
        Optional<String> named = values.find(Keys.TCP_UPSTREAM);
        if (named.isEmpty() && upstreams.size() > 1) {
            throw new InvalidConfigException(
                    "tcp.upstream",
                    "is missing: there are several upstreams, and a TCP client speaks to one of "
                            + String.join(", ", upstreams.keySet()));
        }
        if (named.isPresent() && !upstreams.isEmpty() && !upstreams.containsKey(named.get())) {
            throw new InvalidConfigException(
                    "tcp.upstream",
                    "there is no upstream '" + named.get() + "'; there are " + String.join(", ", upstreams.keySet()));
        }
        String only = upstreams.isEmpty() ? "" : upstreams.keySet().iterator().next();
        return new TcpConfig(
                listen,
                named.orElse(only),
                values.get(Keys.TCP_REUSE_PORT),
                values.get(Keys.TCP_PROXY_PROTOCOL),
                values.get(Keys.TCP_MAX_ANSWER_BYTES));
    }

    private void requireProxies(ProxyConfig proxies, Key<Boolean> protocol) {
        if (values.get(protocol) && proxies.trusted().isEmpty()) {
            throw new InvalidConfigException(
                    protocol.section() + "." + protocol.name(),
                    "needs http.trusted_proxies: the addresses whose connections begin with that header");
        }
    }

    private Optional<ServerTls> tls(String section, Key<Path> certificate, Key<Path> key, Key<Path> clientCa) {
        Optional<Path> chain = values.find(certificate);
        Optional<Path> secret = values.find(key);
        Optional<Path> ca = values.find(clientCa);
        if (chain.isPresent() && secret.isPresent()) {
            return Optional.of(new ServerTls(chain.get(), secret.get(), ca));
        }
        if (chain.isPresent() || secret.isPresent() || ca.isPresent()) {
            Key<Path> missing = chain.isPresent() ? key : certificate;
            Key<Path> given = chain.isPresent() ? certificate : secret.isPresent() ? key : clientCa;
            throw new InvalidConfigException(
                    section + "." + missing.name(), "is missing: " + section + "." + given.name() + " needs it");
        }
        return Optional.empty();
    }

    /** Keys and messages are not to be sent over a network in plain text by mistake. */
    private void requirePrivate(String section, HostPort listen, Optional<ServerTls> tls, Key<Boolean> allowed) {
        if (!listen.isLoopback() && tls.isEmpty() && !values.get(allowed)) {
            throw new InvalidConfigException(
                    section + ".listen",
                    "is " + listen + ", which is not loopback, and there is no TLS: set " + section
                            + ".tls_certificate and " + section + ".tls_key, or " + section
                            + ".allow_plaintext=true where a proxy in front ends TLS");
        }
    }
}
