package io.weir.core;

import java.util.Locale;

/** What a limit is the limit of. */
public enum Scope {
    CONNECTION,
    TENANT,
    GLOBAL,
    /** One server behind Weir. */
    UPSTREAM,
    /**
     * All clients at one network address, whatever their tenants; a limit of those who call the core, which knows no
     * addresses.
     */
    ADDRESS;

    private final String key = name().toLowerCase(Locale.ROOT);

    /** The name of this scope in refusals and statistics. */
    public String key() {
        return key;
    }
}
