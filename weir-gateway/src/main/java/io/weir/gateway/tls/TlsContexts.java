package io.weir.gateway.tls;

import io.weir.config.GatewayConfig;
import io.weir.config.HttpTransport;
import io.weir.config.TcpTransport;
import io.weir.config.UpstreamConfig;
import io.weir.config.UpstreamTls;
import io.weir.config.UpstreamTransport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All contexts of a gateway. Thread-safe. */
public final class TlsContexts {
    private final @Nullable TlsContext http;
    private final @Nullable TlsContext tcp;
    private final @Nullable TlsContext admin;
    private volatile Map<String, TlsContext> upstreams = Map.of();
    private final List<String> problems = new ArrayList<>();

    private TlsContexts(GatewayConfig config) {
        http = config.tls()
                .http()
                .map(tls -> made(() -> TlsContext.ofServer("http", tls)))
                .orElse(null);
        tcp = config.tls()
                .tcp()
                .map(tls -> made(() -> TlsContext.ofServer("tcp", tls)))
                .orElse(null);
        admin = config.tls()
                .admin()
                .map(tls -> made(() -> TlsContext.ofServer("admin", tls)))
                .orElse(null);
        Map<String, TlsContext> made = new HashMap<>();
        for (UpstreamConfig upstream : config.upstreams()) {
            TlsContext context = made(() -> ofUpstream(upstream).orElse(null));
            if (context != null) {
                made.put(upstream.name(), context);
            }
        }
        upstreams = made;
    }

    /**
     * Reads the files of an upstream, if its URL is {@code https} or {@code tls}.
     *
     * @throws TlsException with what is wrong with them
     */
    public static Optional<TlsContext> ofUpstream(UpstreamConfig upstream) throws TlsException {
        Optional<UpstreamTls> tls = ofUpstream(upstream.transport());
        return tls.isEmpty()
                ? Optional.empty()
                : Optional.of(TlsContext.ofUpstream("upstreams." + upstream.name(), tls.get()));
    }

    /** From now on upstreams have these, by name. */
    public void use(Map<String, TlsContext> ofUpstreams) {
        upstreams = Map.copyOf(ofUpstreams);
    }

    private static Optional<UpstreamTls> ofUpstream(UpstreamTransport transport) {
        if (transport instanceof HttpTransport http && http.isTls()) {
            return Optional.of(http.tls());
        }
        return transport instanceof TcpTransport tcp && tcp.isTls() ? Optional.of(tcp.tls()) : Optional.empty();
    }

    private interface Maker {
        @Nullable
        TlsContext make() throws TlsException;
    }

    private @Nullable TlsContext made(Maker maker) {
        try {
            return maker.make();
        } catch (TlsException e) {
            problems.add(String.valueOf(e.getMessage()));
            return null;
        }
    }

    /** Reads all files. @throws TlsException with what is wrong with them, a line each */
    public static TlsContexts open(GatewayConfig config) throws TlsException {
        TlsContexts contexts = new TlsContexts(config);
        if (!contexts.problems.isEmpty()) {
            throw new TlsException(String.join("\n", contexts.problems));
        }
        return contexts;
    }

    /** For connections of clients, if they are to use TLS. */
    public Optional<TlsContext> http() {
        return Optional.ofNullable(http);
    }

    /** For connections of clients over TCP, if they are to use TLS. */
    public Optional<TlsContext> tcp() {
        return Optional.ofNullable(tcp);
    }

    /** For connections of the operator, if they are to use TLS. */
    public Optional<TlsContext> admin() {
        return Optional.ofNullable(admin);
    }

    /** For connections to the upstream of that name, if its URL is {@code https} or {@code tls}. */
    public Optional<TlsContext> upstream(String name) {
        return Optional.ofNullable(upstreams.get(name));
    }

    /** Whether there is anything to follow. */
    public boolean isEmpty() {
        return all().isEmpty();
    }

    /** Follows all files that have changed. Reads them: not for event loops. */
    public void follow() {
        all().forEach(each -> each.follow(Instant.now()));
    }

    /** Which certificates end soon. */
    public List<String> warnings() {
        Instant now = Instant.now();
        return all().stream().flatMap(each -> each.warning(now).stream()).toList();
    }

    /** Those that are made of files, in the order of their sections. */
    public List<TlsContext> ofFiles() {
        return all().stream()
                .filter(each -> !each.files().isEmpty())
                .sorted(Comparator.comparing(TlsContext::section))
                .toList();
    }

    private List<TlsContext> all() {
        List<TlsContext> all = new ArrayList<>(upstreams.values());
        http().ifPresent(all::add);
        tcp().ifPresent(all::add);
        admin().ifPresent(all::add);
        return all;
    }
}
