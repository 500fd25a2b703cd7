package io.weir.cli;

import io.netty.util.internal.PlatformDependent;
import io.weir.config.GatewayConfigLoader;

/** What this JVM was given. */
final class JvmMemory {
    private JvmMemory() {}

    /** A loader that plans with it, and with this process's environment. */
    static GatewayConfigLoader loader() {
        return new GatewayConfigLoader(Runtime.getRuntime().maxMemory(), System::getenv)
                .directBytes(PlatformDependent.estimateMaxDirectMemory());
    }
}
