package io.weir.gateway.ops;

import io.weir.config.FileState;
import java.util.List;

/**
 * A file besides the configuration whose changes a running gateway follows, or files that count together.
 *
 * @param name the key that names it; of TLS the section, such as {@code http.tls}
 * @param files where it is; a URL without what may be a secret
 * @param state what became of it when it was read last
 */
public record FollowedFile(String name, List<String> files, FileState state) {
    /** A copy that is guaranteed not to change. */
    public FollowedFile {
        files = List.copyOf(files);
    }
}
