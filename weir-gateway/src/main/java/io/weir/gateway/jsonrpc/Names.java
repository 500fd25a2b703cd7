package io.weir.gateway.jsonrpc;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The member names of one object, and of those that it stands in. A level is reused for the next object there. */
final class Names {
    /** Up to here, comparing with each is cheaper than hashing. Above, sets of equal hashes are searched as trees. */
    private static final int SCANNED = 16;

    private final @Nullable Names outer;
    private @Nullable Names inner;
    private String[] scanned = new String[0];
    private int size;
    private @Nullable Set<String> hashed;

    Names(@Nullable Names outer) {
        this.outer = outer;
    }

    /** The level inside of this one, without names yet. */
    Names inner() {
        Names level = inner;
        if (level == null) {
            level = new Names(this);
            inner = level;
        }
        level.size = 0;
        level.hashed = null;
        return level;
    }

    /** The level around this one. */
    Names outer() {
        return outer == null ? this : outer;
    }

    /** Takes a name in; false if it was there. */
    boolean add(String name) {
        if (hashed != null) {
            return hashed.add(name);
        }
        for (int i = 0; i < size; i++) {
            if (scanned[i].equals(name)) {
                return false;
            }
        }
        if (size == SCANNED) {
            hashed = new HashSet<>(Arrays.asList(scanned));
            return hashed.add(name);
        }
        if (size == scanned.length) {
            scanned = Arrays.copyOf(scanned, size == 0 ? 4 : 2 * size);
        }
        scanned[size++] = name;
        return true;
    }
}
