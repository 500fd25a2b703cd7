package io.weir.gateway.session;

import java.util.ArrayList;
import java.util.List;

/** What one tenant, address or TCP connection has of the sessions. Not thread-safe. */
final class SessionQuota {
    private final List<Session> sessions = new ArrayList<>(1);
    private int taken;

    /** Its sessions. */
    List<Session> sessions() {
        return sessions;
    }

    /** How many sessions it has, with the room that is held for those to come. */
    int taken() {
        return taken;
    }

    void take(int change) {
        taken += change;
    }
}
