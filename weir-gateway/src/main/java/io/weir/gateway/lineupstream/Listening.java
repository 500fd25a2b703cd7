package io.weir.gateway.lineupstream;

import io.weir.gateway.jsonrpc.MessageParts;
import io.weir.gateway.jsonrpc.RawMembers;
import io.weir.gateway.line.LineServerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A {@code subscriptions/listen} of the stateless era to a server of the session era: changes of the lists that it
 * names are passed on, each with the id of the subscription (MCP specification 2026-07-28, subscriptions). Thread-safe.
 */
final class Listening implements Recipient {
    private static final Map<String, String> METHODS = Map.of(
            "toolsListChanged", "notifications/tools/list_changed",
            "promptsListChanged", "notifications/prompts/list_changed",
            "resourcesListChanged", "notifications/resources/list_changed");

    private final String id;
    private final Map<String, String> honored;
    private final Recipient to;

    /**
     * What a client listens for.
     *
     * @param id of its request, as it stands there
     * @param request the whole request
     * @param to where it goes
     */
    Listening(String id, byte[] request, Recipient to) {
        this.id = id;
        this.honored = honored(request);
        this.to = to;
    }

    private static Map<String, String> honored(byte[] request) {
        Map<String, String> wanted = new LinkedHashMap<>();
        try {
            String params =
                    RawMembers.of(new String(request, StandardCharsets.UTF_8)).getOrDefault("params", "{}");
            RawMembers.of(RawMembers.of(params).getOrDefault("notifications", "{}"))
                    .forEach((name, value) -> {
                        if (METHODS.containsKey(name) && value.equals("true")) {
                            wanted.put(name, value);
                        }
                    });
        } catch (IOException e) {
            return Map.of();
        }
        return wanted;
    }

    /** The first message of the response: what is listened for. */
    static byte[] acknowledgement(String id, byte[] request) {
        StringBuilder names = new StringBuilder();
        honored(request)
                .keySet()
                .forEach(name -> names.append(names.length() == 0 ? "" : ",")
                        .append('"')
                        .append(name)
                        .append("\":true"));
        return notification("notifications/subscriptions/acknowledged", id, ",\"notifications\":{" + names + "}");
    }

    private static byte[] notification(String method, String id, String more) {
        return ("{\"jsonrpc\":\"2.0\",\"method\":\"" + method
                        + "\",\"params\":{\"_meta\":{\"io.modelcontextprotocol/subscriptionId\":" + id + "}" + more
                        + "}}")
                .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void message(byte[] message, boolean last) {
        try {
            String method = String.valueOf(MessageParts.of(message).method());
            if (honored.keySet().stream().anyMatch(name -> method.equals(METHODS.get(name)))) {
                to.message(notification(method, id, ""), false);
            }
        } catch (IOException e) {
            throw new IllegalStateException("it was read before", e);
        }
    }

    @Override
    public void failed(LineServerException why) {
        to.failed(why);
    }
}
