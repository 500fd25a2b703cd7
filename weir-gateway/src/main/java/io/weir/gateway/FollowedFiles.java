package io.weir.gateway;

import io.weir.gateway.auth.ApiKeys;
import io.weir.gateway.auth.Tokens;
import io.weir.gateway.ops.LiveConfig;
import io.weir.gateway.ops.TokenFile;
import io.weir.gateway.tls.TlsContexts;
import java.util.Optional;

/** The files whose changes a running gateway follows. Reads them: not for event loops. Thread-safe. */
record FollowedFiles(
        Optional<LiveConfig> config,
        Optional<ApiKeys> keys,
        Optional<Tokens> tokens,
        Optional<TokenFile> token,
        TlsContexts tls) {
    /** Follows all that have changed and are written to their end; true, as the end of a task. */
    boolean follow() {
        config.ifPresent(LiveConfig::follow);
        keys.ifPresent(each -> each.follow(false));
        tokens.ifPresent(each -> each.follow(false));
        token.ifPresent(TokenFile::follow);
        tls.follow();
        return true;
    }

    /** Follows all that have changed, at once. */
    void reload() {
        config.ifPresent(LiveConfig::reload);
        keys.ifPresent(each -> each.follow(true));
        tokens.ifPresent(each -> each.follow(true));
        token.ifPresent(TokenFile::follow);
        tls.follow();
    }
}
