package io.weir.config;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Where the token is that the operator's port requires for what changes something.
 *
 * @param file holds the token; it is created if there is none
 * @param configured whether the configuration names it; else it is where such files usually are
 */
public record AdminToken(Path file, boolean configured) {
    private static final String NAME = "admin-token";

    /**
     * Where the file is if the configuration does not name it: in {@code $STATE_DIRECTORY}, which systemd sets, else in
     * {@code $XDG_STATE_HOME/weir}, else in {@code $HOME/.local/state/weir}; empty if none of these is set.
     *
     * @param environment the value of an environment variable, or null
     */
    public static Optional<AdminToken> usual(UnaryOperator<@Nullable String> environment) {
        return directory(environment).map(directory -> new AdminToken(directory.resolve(NAME), false));
    }

    private static Optional<Path> directory(UnaryOperator<@Nullable String> environment) {
        String state = environment.apply("STATE_DIRECTORY");
        if (state != null && !state.isBlank()) {
            // Several are separated by colons.
            return Optional.of(Path.of(state.split(":", 2)[0]));
        }
        String xdg = environment.apply("XDG_STATE_HOME");
        if (xdg != null && !xdg.isBlank()) {
            return Optional.of(Path.of(xdg, "weir"));
        }
        String home = environment.apply("HOME");
        return home == null || home.isBlank()
                ? Optional.empty()
                : Optional.of(Path.of(home, ".local", "state", "weir"));
    }
}
