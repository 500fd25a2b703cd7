package io.weir.gateway;

import io.weir.gateway.auth.ApiKeys;
import io.weir.gateway.auth.Tokens;
import io.weir.gateway.ops.FollowedFile;
import io.weir.gateway.ops.LiveConfig;
import io.weir.gateway.ops.TokenFile;
import io.weir.gateway.tls.TlsContexts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

    /** What became of all of these but the configuration, which has more to say. */
    List<FollowedFile> states() {
        List<FollowedFile> states = new ArrayList<>();
        keys.ifPresent(each -> states.add(
                new FollowedFile("tenants.api_keys_file", List.of(each.file().toString()), each.fileState())));
        tokens.ifPresent(each -> states.add(new FollowedFile(
                each.config().jwksFile().isPresent() ? "tenants.jwt_jwks_file" : "tenants.jwt_jwks_url",
                List.of(each.keysName()),
                each.keysState())));
        token.ifPresent(each -> states.add(
                new FollowedFile("admin.token_file", List.of(each.file().toString()), each.fileState())));
        tls.ofFiles()
                .forEach(each -> states.add(new FollowedFile(
                        each.section() + ".tls",
                        each.files().stream().map(Path::toString).toList(),
                        each.fileState())));
        return states;
    }
}
