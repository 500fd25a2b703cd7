package io.weir.gateway.lineupstream;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.gateway.jsonrpc.JsonText;
import io.weir.gateway.jsonrpc.MessageParts;
import io.weir.gateway.jsonrpc.RawMembers;
import io.weir.gateway.line.Line;
import io.weir.gateway.line.LineServerException;
import io.weir.gateway.mcp.McpMethods;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A child that serves several clients: this gateway has opened its session with it, and tells each client what the
 * child has answered. The child is told that its client takes no requests: it could not know which client it asks.
 * Thread-safe.
 */
final class SharedServer implements Recipient {
    private static final String VERSION = "2025-11-25";
    static final String STATELESS_VERSION = "2026-07-28";
    private static final String INITIALIZE = "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"" + McpMethods.INITIALIZE
            + "\",\"params\":{\"protocolVersion\":\"" + VERSION
            + "\",\"capabilities\":{},\"clientInfo\":{\"name\":\"weir\",\"version\":\"1\"}}}";
    private static final String INITIALIZED = "{\"jsonrpc\":\"2.0\",\"method\":\"" + McpMethods.INITIALIZED + "\"}";

    private final Conversation conversation;

    @GuardedBy("this")
    private final Set<Runnable> waiting = new LinkedHashSet<>();

    @GuardedBy("this")
    private boolean ready;

    @GuardedBy("this")
    private Map<String, String> answer = Map.of();

    @GuardedBy("this")
    private @Nullable LineServerException failure;

    SharedServer(Conversation conversation) {
        this.conversation = conversation;
    }

    Conversation conversation() {
        return conversation;
    }

    /** Starts it and opens the session. */
    void start(long now) {
        conversation.start();
        try {
            conversation.call(ClientMessage.of(INITIALIZE), null, this, Line.Sender.NOBODY, () -> {}, now);
        } catch (LineServerException e) {
            failed(e);
        }
    }

    /** Runs it when the session is open, or will not open; on any thread. */
    void whenReady(Runnable then) {
        synchronized (this) {
            if (!ready) {
                waiting.add(then);
                return;
            }
        }
        then.run();
    }

    /** Takes back what was given to {@link #whenReady}. */
    synchronized void leave(Runnable then) {
        waiting.remove(then);
    }

    synchronized boolean isReady() {
        return ready;
    }

    /** Why its session did not open; null if it did. */
    synchronized @Nullable LineServerException failure() {
        return failure;
    }

    /** Whether it knows no sessions: it has refused {@code initialize}. */
    synchronized boolean isStateless() {
        return answer.isEmpty();
    }

    @Override
    public void message(byte[] message, boolean last) {
        if (!last) {
            return;
        }
        Map<String, String> members = Map.of();
        try {
            String result = MessageParts.of(message).result();
            if (result != null) {
                members = RawMembers.of(result);
                conversation.send(INITIALIZED);
            }
        } catch (IOException e) {
            failed(new LineServerException(LineServerException.Problem.START, "its answer to initialize is no object"));
            return;
        }
        if (members.isEmpty()) {
            conversation.probeStateless();
        }
        List<Runnable> next;
        synchronized (this) {
            answer = members;
            next = settle();
        }
        next.forEach(Runnable::run);
    }

    @Override
    public void failed(LineServerException why) {
        List<Runnable> next;
        synchronized (this) {
            if (ready) {
                return;
            }
            failure = why;
            next = settle();
        }
        if (!conversation.hasFailed()) {
            // A server that goes on without a session would never be replaced.
            conversation.kill(why);
        }
        next.forEach(Runnable::run);
    }

    @GuardedBy("this")
    private List<Runnable> settle() {
        ready = true;
        List<Runnable> next = List.copyOf(waiting);
        waiting.clear();
        return next;
    }

    /**
     * The response to a client's {@code initialize}: what the child has answered, in the client's version if that is
     * older.
     *
     * @param id as the client wrote it
     * @param asked the version that the client asks for, with its quotes; null if it asks for none
     */
    synchronized byte[] initialized(String id, @Nullable String asked) {
        Map<String, String> result = new LinkedHashMap<>(answer);
        String own = result.getOrDefault("protocolVersion", JsonText.quoted(VERSION));
        if (asked != null && asked.compareTo(own) < 0) {
            result.put("protocolVersion", asked);
        }
        return response(id, result);
    }

    /** The response to a client's {@code server/discover}, in the words of the stateless era. */
    synchronized byte[] discovered(String id) {
        Map<String, String> result = new LinkedHashMap<>();
        result.put("supportedVersions", "[" + JsonText.quoted(STATELESS_VERSION) + "]");
        result.put("capabilities", answer.getOrDefault("capabilities", "{}"));
        if (answer.containsKey("instructions")) {
            result.put("instructions", answer.get("instructions"));
        }
        result.put(
                "_meta",
                "{\"io.modelcontextprotocol/serverInfo\":"
                        + answer.getOrDefault("serverInfo", "{\"name\":\"\",\"version\":\"\"}") + "}");
        return response(id, result);
    }

    private static byte[] response(String id, Map<String, String> result) {
        StringBuilder out =
                new StringBuilder("{\"jsonrpc\":\"2.0\",\"id\":").append(id).append(",\"result\":{");
        String between = "";
        for (Map.Entry<String, String> each : result.entrySet()) {
            out.append(between)
                    .append(JsonText.quoted(each.getKey()))
                    .append(':')
                    .append(each.getValue());
            between = ",";
        }
        return out.append("}}").toString().getBytes(StandardCharsets.UTF_8);
    }
}
