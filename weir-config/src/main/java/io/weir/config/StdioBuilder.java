package io.weir.config;

import io.weir.core.config.InvalidConfigException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Builds how an upstream is started as a child process. Every setter says what is wrong with a value. Not thread-safe.
 */
final class StdioBuilder {
    private final Map<String, String> environment = new LinkedHashMap<>();
    private final Values children = new Values();

    /** Sets a variable of the child. The value is not told: it may be a secret. */
    void environment(String name, String value) {
        if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0) {
            throw new InvalidConfigException("env", "the name of a variable must not be empty or contain '='");
        }
        if (value.indexOf('\0') >= 0) {
            throw new InvalidConfigException("env", "'" + name + "' must not contain a zero character");
        }
        environment.put(name, value);
    }

    /** Sets a key of {@link Keys#CHILDREN}. */
    void child(Key<?> key, String text) {
        children.set(key, text);
    }

    /**
     * The transport.
     *
     * @param program the program itself
     * @param upstream the values of the upstream's own keys
     * @param defaults of {@link Keys#CHILDREN}, where they depend on the memory there is
     */
    StdioTransport build(String program, Values upstream, Values defaults) {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(upstream.get(Keys.ARGS));
        Values policy = new Values();
        policy.putAll(defaults);
        policy.putAll(children);
        return new StdioTransport(command, environment, upstream.find(Keys.CWD), ChildPolicy.of(policy));
    }
}
