package io.weir.gateway.mcp;

import io.weir.core.Scope;
import java.util.Locale;

/** Whose connections, sessions or streams a cap of the edge counts; it names its key and its counter. */
public enum EdgeCap {
    ALL(Scope.GLOBAL, "gateway"),
    PER_TENANT(Scope.TENANT, "tenant"),
    PER_ADDRESS(Scope.ADDRESS, "address"),
    /** Of streams. A session is what limits call a connection. */
    PER_SESSION(Scope.CONNECTION, "session"),
    /** Of sessions: the TCP connection that opened them. */
    PER_CONNECTION(Scope.CONNECTION, "connection");

    private final Scope scope;
    private final String owner;

    EdgeCap(Scope scope, String owner) {
        this.scope = scope;
        this.owner = owner;
    }

    /** The cap on streams of that scope. */
    public static EdgeCap onStreams(Scope scope) {
        return switch (scope) {
            case TENANT -> PER_TENANT;
            case ADDRESS -> PER_ADDRESS;
            case CONNECTION -> PER_SESSION;
            case GLOBAL, UPSTREAM -> ALL;
        };
    }

    /** The scope of a rejection by it. */
    public Scope scope() {
        return scope;
    }

    /** Whose it is, for a person. */
    String owner() {
        return owner;
    }

    private String suffix() {
        return this == ALL ? "" : "_" + name().toLowerCase(Locale.ROOT);
    }

    /**
     * The key of the configuration that sets it, such as {@code edge.max_streams_per_tenant}.
     *
     * @param what it bounds, such as {@code streams}
     */
    public String key(String what) {
        return "edge.max_" + what + suffix();
    }

    /** The name of the count of what it refused, such as {@code streams_refused_max_per_tenant}. */
    public String counter(String what) {
        return what + "_refused_max" + suffix();
    }
}
