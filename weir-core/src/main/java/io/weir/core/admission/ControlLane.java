package io.weir.core.admission;

import io.weir.core.Scope;
import io.weir.core.rate.TokenBucket;

/** The lane of one connection's messages that are never refused: bounds of its own, far above any honest use. */
final class ControlLane extends PendingCounter {
    final TokenBucket bucket;

    ControlLane(long now) {
        this.bucket = new TokenBucket(now);
    }

    @Override
    PressureListener listener() {
        return PressureListener.NONE;
    }

    @Override
    Scope scope() {
        return Scope.CONNECTION;
    }

    @Override
    String tenantName() {
        return "";
    }

    @Override
    String name() {
        return "";
    }
}
