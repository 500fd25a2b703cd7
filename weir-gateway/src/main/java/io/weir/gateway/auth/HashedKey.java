package io.weir.gateway.auth;

/** An API key that is known by its hash. An identity, not a value: nothing compares two of them. */
final class HashedKey {
    private final String tenant;
    private final byte[] hash;

    HashedKey(String tenant, byte[] hash) {
        this.tenant = tenant;
        this.hash = hash;
    }

    String tenant() {
        return tenant;
    }

    /** SHA-256, 32 bytes; not to be changed. */
    byte[] hash() {
        return hash;
    }
}
