package io.weir.gateway.ops;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.config.ConfigChange;
import io.weir.config.ConfigException;
import io.weir.config.ConfigFile;
import io.weir.config.ConfigTexts;
import io.weir.config.FileState;
import io.weir.config.GatewayConfigLoader;
import io.weir.config.Keys;
import io.weir.config.LoadedConfig;
import io.weir.config.Setting;
import io.weir.config.Source;
import io.weir.core.config.ConfigKey;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * What a PATCH sets goes before the file and the command line, and stays until the gateway stops, unless it is written
 * into the file. So a configuration is always made anew, of the profile, the file, the command line and the patches, by
 * the loader that made the first one: what derives from other values follows them, and what is valid at the start is
 * what is valid later.
 */

/**
 * The configuration of a running gateway, and how it changes: when its file does, and by a PATCH of the limits. A
 * change is validated as a whole and applied as a whole, or not at all. Reads and writes files: not for event loops.
 * Thread-safe.
 */
public final class LiveConfig {
    private static final Logger LOG = LoggerFactory.getLogger("weir.config");

    /** The paths of the limits that all tenants have. */
    private static final Set<String> COMMON =
            Arrays.stream(ConfigKey.values()).map(LoadedConfig::path).collect(Collectors.toUnmodifiableSet());

    private final GatewayConfigLoader loader;
    private final Applier applier;

    /** In force; written under this monitor. */
    private volatile LoadedConfig running;

    /** What became of the files when they were read last; written under this monitor. */
    private volatile FileState state;

    /** What the files held when they were last accepted. */
    @GuardedBy("this")
    private ConfigTexts texts;

    /** What the files held when they were last looked at, null if they could not be read. */
    @GuardedBy("this")
    private @Nullable ConfigTexts seen;

    /** What was last rejected: it is not tried again until it changes. */
    @GuardedBy("this")
    private @Nullable ConfigTexts rejected;

    /** Why they could not be read when they were last looked at. */
    @GuardedBy("this")
    private List<String> unreadable = List.of();

    @GuardedBy("this")
    private Map<String, Setting> patches = Map.of();

    /** Changes the gateway. Called by one thread at a time. */
    public interface Applier {
        /**
         * Makes what a valid configuration needs; nothing that runs changes.
         *
         * @return puts it in force
         * @throws ConfigException with what cannot be made
         */
        Runnable prepare(LoadedConfig next) throws ConfigException;
    }

    /** A change that is valid, but cannot be made now or in this way. */
    public static final class ConflictException extends Exception {
        private static final long serialVersionUID = 1L;

        ConflictException(String message) {
            super(message);
        }
    }

    /**
     * Of a gateway that runs with what was loaded.
     *
     * @param loader that loaded it; it belongs to this from now on
     * @param texts that it was loaded from
     * @param applier changes the gateway; it gets valid configurations alone
     */
    public LiveConfig(GatewayConfigLoader loader, ConfigTexts texts, LoadedConfig running, Applier applier) {
        this.loader = loader;
        this.texts = texts;
        this.running = running;
        this.applier = applier;
        this.state = FileState.applied();
    }

    /** The configuration in force. */
    public LoadedConfig running() {
        return running;
    }

    /** The configuration file, if there is one. */
    public Optional<Path> file() {
        return loader.file();
    }

    /** The heap that limits follow, in bytes. */
    public long heapBytes() {
        return loader.heapBytes();
    }

    /** What became of the files when they were read last. */
    public FileState fileState() {
        return state;
    }

    /**
     * Applies what the files hold now, if they hold something else than before, and logs it.
     *
     * @return what is wrong with it, in which case nothing has changed; empty if it is in force
     */
    public synchronized List<String> reload() {
        try {
            return reload(loader.read());
        } catch (ConfigException e) {
            return reject(e.problems());
        }
    }

    /**
     * As {@link #reload}, when the files have changed and hold the same as at the call before: an editor may not have
     * written all.
     */
    public synchronized void follow() {
        ConfigTexts now;
        try {
            now = loader.read();
        } catch (ConfigException e) {
            seen = null;
            // A file is missing for a moment while some editors write it.
            if (e.problems().equals(unreadable) && !e.problems().equals(state.problems())) {
                reject(e.problems());
            }
            unreadable = e.problems();
            return;
        }
        unreadable = List.of();
        boolean settled = now.equals(seen);
        seen = now;
        boolean changed = !now.equals(texts) && !now.equals(rejected);
        boolean mended = now.equals(texts) && !state.isApplied();
        if (settled && (changed || mended)) {
            reload(now);
        }
    }

    private synchronized List<String> reload(ConfigTexts now) {
        seen = now;
        LoadedConfig next;
        try {
            next = loader.load(now, patches);
        } catch (ConfigException e) {
            rejected = now;
            return reject(e.problems());
        }
        ConfigChange change = ConfigChange.between(running, next);
        if (!change.restarts().isEmpty()) {
            rejected = now;
            return reject(change.restarts());
        }
        Runnable prepared;
        try {
            prepared = applier.prepare(next);
        } catch (ConfigException e) {
            rejected = now;
            return reject(e.problems());
        }
        rejected = null;
        texts = now;
        state = FileState.applied();
        apply(next, prepared);
        String what = change.isEmpty() ? "nothing changes" : String.join("; ", change.changes());
        LOG.info("configuration read again: {}{}", what, overridden());
        return List.of();
    }

    private synchronized List<String> reject(List<String> problems) {
        state = FileState.rejected(problems);
        LOG.error("configuration not applied, and the one before stays in force: {}", String.join("; ", problems));
        return problems;
    }

    /** That values of the file do not count, for whoever has just changed them there. */
    private synchronized String overridden() {
        return patches.isEmpty()
                ? ""
                : "; set by PATCH, whatever the file says: " + String.join(", ", new TreeMap<>(patches).keySet());
    }

    private synchronized void apply(LoadedConfig next, Runnable prepared) {
        running = next;
        prepared.run();
    }

    /**
     * Changes limits.
     *
     * @param values by their paths; an empty one takes back what an earlier PATCH has set
     * @param persist whether they are written into the file, so that they count after a restart as well
     * @return the configuration that is in force now
     * @throws ConfigException with everything that is wrong with the values; nothing has changed
     * @throws ConflictException if the values cannot be written into the file; nothing has changed
     */
    public synchronized LoadedConfig patch(Map<String, Optional<String>> values, boolean persist)
            throws ConfigException, ConflictException {
        Map<String, Setting> merged = merged(values);
        LoadedConfig next = withLimits(loader.limits(texts, merged));
        ConfigChange change = ConfigChange.between(running, next);
        Runnable prepared = applier.prepare(next);
        if (persist) {
            next = persisted(values, merged, next);
        }
        patches = Map.copyOf(merged);
        apply(next, prepared);
        String written = persist ? ", and written into " + loader.file().orElseThrow() : "";
        if (change.isEmpty()) {
            LOG.info("limits set by PATCH{} to the values that were in force already", written);
        } else {
            LOG.info("limits changed by PATCH{}: {}", written, String.join("; ", change.changes()));
        }
        return next;
    }

    /**
     * The configuration that such a change would make; nothing changes.
     *
     * @throws ConfigException with everything that is wrong with the values
     */
    public synchronized LoadedConfig trial(Map<String, Optional<String>> values) throws ConfigException {
        return withLimits(loader.limits(texts, merged(values)));
    }

    private synchronized Map<String, Setting> merged(Map<String, Optional<String>> values) {
        Source source = Source.patch(Instant.now());
        Map<String, Setting> merged = new LinkedHashMap<>(patches);
        values.forEach((path, value) -> {
            // What is no limit is left to the loader, which says what is wrong with it.
            if (value.isPresent() || !isLimit(path)) {
                merged.put(path, new Setting(value.orElse(""), source));
            } else {
                merged.remove(path);
            }
        });
        return merged;
    }

    private static boolean isLimit(String path) {
        return path.equals(LoadedConfig.PROFILE) || Keys.isTenantLimit(path) || COMMON.contains(path);
    }

    /** The limits of that one, and all else as it is. */
    private LoadedConfig withLimits(LoadedConfig limits) {
        LoadedConfig now = running;
        Map<String, Setting> settings = new LinkedHashMap<>(now.settings());
        settings.keySet().removeIf(LiveConfig::isLimit);
        limits.settings().forEach((path, setting) -> {
            if (isLimit(path)) {
                settings.put(path, setting);
            }
        });
        return new LoadedConfig(now.config().withLimits(limits.config()), settings, now.notes());
    }

    private synchronized LoadedConfig persisted(
            Map<String, Optional<String>> values, Map<String, Setting> merged, LoadedConfig wanted)
            throws ConfigException, ConflictException {
        Path file = loader.file()
                .orElseThrow(() -> new ConflictException(
                        "there is no file to write limits into: the gateway was started" + " without --config"));
        Map<String, Setting> without = loader.limits(texts, Map.of()).settings();
        Map<String, String> written = new LinkedHashMap<>();
        for (Map.Entry<String, Optional<String>> each : values.entrySet()) {
            String path = each.getKey();
            Setting below = without.get(path);
            if (below != null && below.source().kind() == Source.Kind.OPTION) {
                throw new ConflictException(
                        path + ": is set by the option " + below.source().at()
                                + " of the command line, which goes before the file; change it without persist, or there");
            }
            written.put(
                    path,
                    each.getValue()
                            .orElseThrow(() -> new ConflictException(
                                    path + ": null cannot be written into the file; remove the line there")));
        }
        String before = texts.of(file);
        try {
            if (loader.read().equals(rejected)) {
                throw new ConflictException(file
                        + ": cannot be written into, since the gateway has read it as it is now and has not applied it;"
                        + " mend it first: " + String.join("; ", state.problems()));
            }
            String after = ConfigFile.edited(file.toString(), before, written);
            ConfigTexts edited = texts.with(file, after);
            written.keySet().forEach(merged::remove);
            LoadedConfig again = withLimits(loader.limits(edited, merged));
            if (!again.config().equals(wanted.config())) {
                throw new ConflictException(file + ": the values cannot be written into the file as it is laid out;"
                        + " write them there by hand");
            }
            ConfigFile.replace(file, before, after);
            texts = edited;
            return again;
        } catch (ConfigException e) {
            throw new ConflictException(String.join("; ", e.problems()));
        }
    }
}
