package io.weir.core.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Everything that a decision of the core depends on, besides the messages themselves. Immutable: an update replaces it
 * whole.
 *
 * @param queueLimits the hard bounds
 * @param backpressure rates and pressure
 * @param tenants what is different for single tenants, by their names and in the order of these; at most
 *     {@value #MAX_TENANTS}
 */
public record WeirConfig(
        QueueLimitsConfig queueLimits, BackpressureConfig backpressure, Map<String, TenantConfig> tenants) {
    /** How many tenants can have limits of their own; any number of others has the common ones. */
    public static final int MAX_TENANTS = 1_000;

    /** @throws InvalidConfigException if a value is out of range, or there are too many tenants */
    public WeirConfig(
            QueueLimitsConfig queueLimits, BackpressureConfig backpressure, Map<String, TenantConfig> tenants) {
        this.queueLimits = queueLimits;
        this.backpressure = backpressure;
        this.tenants = Collections.unmodifiableMap(new TreeMap<>(tenants));
        if (tenants.size() > MAX_TENANTS) {
            throw new InvalidConfigException(
                    "tenants",
                    "can hold limits of " + MAX_TENANTS + " tenants, but there are " + tenants.size()
                            + "; all others have the common ones");
        }
        for (ConfigKey key : ConfigKey.values()) {
            key.check(this);
        }
    }

    /**
     * The defaults of the core where no profile is named.
     *
     * @param heapBytes the heap that the process may use; the global byte limit is a quarter of it
     */
    public static WeirConfig defaults(long heapBytes) {
        return new WeirConfigBuilder(heapBytes).build();
    }

    /** What is different for a tenant; {@link TenantConfig#COMMON} if nothing is. */
    public TenantConfig tenant(String name) {
        return tenants.getOrDefault(name, TenantConfig.COMMON);
    }

    /** What holds for a tenant and each of its connections: its own limits, else those of all tenants. */
    public TenantLimits limitsOf(String name) {
        return TenantLimits.of(tenant(name), queueLimits, backpressure);
    }

    /** What holds for tenants that have no limits of their own. */
    public TenantLimits commonLimits() {
        return TenantLimits.of(TenantConfig.COMMON, queueLimits, backpressure);
    }

    /**
     * What differs in another configuration, a line each: {@code queue_limits.max_messages 50 to 60}. In the order of
     * the keys, then of tenants.
     */
    public List<String> changesTo(WeirConfig next) {
        List<String> changes = new ArrayList<>();
        for (ConfigKey key : ConfigKey.values()) {
            add(changes, key.section() + "." + key.key(), key.get(this), key.get(next));
        }
        Set<String> names = new TreeSet<>(tenants.keySet());
        names.addAll(next.tenants.keySet());
        for (String name : names) {
            for (TenantKey key : TenantKey.values()) {
                String before = key.get(tenant(name)).orElse("unset");
                add(
                        changes,
                        "tenants." + name + "." + key.key(),
                        before,
                        key.get(next.tenant(name)).orElse("unset"));
            }
        }
        return changes;
    }

    private static void add(List<String> changes, String path, String before, String after) {
        if (!before.equals(after)) {
            changes.add(path + " " + before + " to " + after);
        }
    }

    /**
     * A builder that starts from these values; keys derived from others (a tenant's ten times) are kept as they are.
     */
    public WeirConfigBuilder toBuilder() {
        return new WeirConfigBuilder(this);
    }
}
