package io.weir.config;

import io.weir.core.config.ConfigKey;
import io.weir.core.config.Profile;
import java.util.List;
import java.util.Map;

/**
 * A configuration, and what set its values. Immutable.
 *
 * @param config the configuration
 * @param settings every value that was set, by its path ({@code queue_limits.max_messages}); of one that was set more
 *     than once, the setting that counts
 * @param notes what is worth knowing about it; sentences for a person
 */
public record LoadedConfig(GatewayConfig config, Map<String, Setting> settings, List<String> notes) {
    /** The path of the profile. */
    public static final String PROFILE = "profile";

    /** A copy that is guaranteed not to change. */
    public LoadedConfig {
        settings = Map.copyOf(settings);
        notes = List.copyOf(notes);
    }

    /** The path of a key. */
    public static String path(ConfigKey key) {
        return key.section() + "." + key.key();
    }

    /** What set the value of a key, or what it follows. */
    public Source source(ConfigKey key) {
        Setting setting = settings.get(path(key));
        if (setting != null) {
            return setting.source();
        }
        return key.derivation()
                .map(from -> new Source(Source.Kind.DERIVED, from))
                .orElseGet(() ->
                        Profile.decides(key) ? new Source(Source.Kind.PROFILE, config.profile()) : Source.DEFAULT);
    }

    /** What set the value of that path; {@link Source#DEFAULT} if nothing did. */
    public Source source(String path) {
        Setting setting = settings.get(path);
        return setting == null ? Source.DEFAULT : setting.source();
    }

    /** What named the profile. */
    public Source profileSource() {
        return source(PROFILE);
    }
}
