package io.weir.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A server that the gateway starts as a child process, and speaks to over its standard input and output: one JSON-RPC
 * message a line (MCP specification 2025-11-25, transports, stdio). Immutable.
 *
 * @param command the program and its arguments; at least one
 * @param environment variables that the child gets beside those of the gateway, or in their place
 * @param directory where it is started; without it, where the gateway was
 * @param children how many children there may be, and for how long
 */
public record StdioTransport(
        List<String> command, Map<String, String> environment, Optional<Path> directory, ChildPolicy children)
        implements LineTransport {

    /** A copy that is guaranteed not to change. */
    public StdioTransport {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    @Override
    public ChildPolicy policy() {
        return children;
    }

    @Override
    public String describePolicy() {
        return children.describe("child", "children");
    }

    @Override
    public boolean isStarted() {
        return true;
    }

    @Override
    public String maxKey() {
        return Keys.CHILDREN + ".max";
    }

    @Override
    public String section() {
        return Keys.CHILDREN;
    }

    /**
     * The command in one line of at most {@link CommandLineText#MAX_LENGTH} characters: what may be a secret is hidden.
     */
    @Override
    public String describe() {
        return CommandLineText.of(command);
    }
}
