package io.weir.gateway.lineupstream;

import io.weir.config.ChildPolicy;
import io.weir.gateway.jsonrpc.MessageParts;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A stdio server whose tools misbehave as their names say. Every other method gets an empty result, and a tool that has
 * no meaning here echoes its arguments.
 */
public final class TestChild {
    private static final Object OUT = new Object();
    private static final PrintStream TO = new PrintStream(System.out, false, StandardCharsets.UTF_8);

    /** A limit that this program runs well within, in bytes of memory. */
    static final long LIMIT = 384L << 20;

    private static final int PIECE = 16 << 20;

    private static final AtomicInteger CANCELLED = new AtomicInteger();

    /** What was subscribed and unsubscribed, in order. */
    private static final List<String> SUBSCRIPTIONS = new CopyOnWriteArrayList<>();

    private TestChild() {}

    /** Children of each session's own, or one for all, so many at the most. */
    public static ChildPolicy policy(boolean shared, int max) {
        return new ChildPolicy(
                shared,
                max,
                max,
                max,
                100,
                Duration.ofSeconds(10),
                Duration.ofMinutes(10),
                Duration.ofHours(1),
                Duration.ofMillis(300),
                0,
                1 << 20);
    }

    /** How this program is started: words of a command. */
    public static List<String> command(String... arguments) {
        List<String> words = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-XX:MaxDirectMemorySize=2g",
                "-cp",
                System.getProperty("java.class.path"),
                TestChild.class.getName()));
        words.addAll(List.of(arguments));
        return words;
    }

    /**
     * Serves; {@code mute} never answers {@code initialize}, {@code stateless} refuses it, {@code neither} answers it
     * with neither a result nor an error, {@code early} logs before it answers that, and {@code stubborn} ignores the
     * end of its input.
     */
    public static void main(String[] arguments) throws Exception {
        List<String> modes = List.of(arguments);
        ExecutorService calls = Executors.newCachedThreadPool();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String message = line;
            MessageParts parts = MessageParts.of(message.getBytes(StandardCharsets.UTF_8));
            String method = String.valueOf(parts.method());
            if (method.equals("initialize")) {
                initialize(String.valueOf(parts.id()), modes);
            } else if (method.equals("tools/call")) {
                if (message.contains("\"deaf\"")) {
                    Thread.sleep(600_000);
                }
                calls.execute(() -> call(String.valueOf(parts.id()), message));
            } else if (method.startsWith("resources/") && parts.id() != null) {
                SUBSCRIPTIONS.add(method.substring("resources/".length()) + " " + parts.uri());
                say("{\"jsonrpc\":\"2.0\",\"id\":" + parts.id() + ",\"result\":{}}");
            } else if (parts.id() != null && parts.method() != null) {
                say("{\"jsonrpc\":\"2.0\",\"id\":" + parts.id() + ",\"result\":{}}");
            } else if (parts.method() == null) {
                say(note("client answered " + message.replace('"', '\'')));
            } else if (method.equals("notifications/cancelled")) {
                CANCELLED.incrementAndGet();
                say(note("cancelled " + parts.requestId()));
            }
        }
        if (modes.contains("stubborn")) {
            Thread.sleep(600_000);
        }
        calls.shutdownNow();
    }

    private static void initialize(String id, List<String> modes) {
        if (modes.contains("stateless")) {
            say("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"error\":{\"code\":-32601,\"message\":\"Method not found\"}}");
        } else if (modes.contains("neither")) {
            say("{\"jsonrpc\":\"2.0\",\"id\":" + id + "}");
        } else if (!modes.contains("mute")) {
            if (modes.contains("early")) {
                say(note("it starts"));
            }
            say("{\"jsonrpc\":\"2.0\",\"id\":" + id
                    + ",\"result\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{\"listChanged\":true}},"
                    + "\"serverInfo\":{\"name\":\"child\",\"version\":\""
                    + ProcessHandle.current().pid() + "\"}}}");
        }
    }

    private static String note(String text) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"data\":\""
                + text + "\"}}";
    }

    private static void say(String line) {
        synchronized (OUT) {
            TO.print(line + "\n");
            TO.flush();
        }
    }

    private static void call(String id, String message) {
        try {
            String tool = message.replaceAll(".*\"name\":\\s*\"([^\"]*)\".*", "$1");
            act(tool, id, message);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void act(String tool, String id, String message) throws IOException, InterruptedException {
        switch (tool) {
            case "silent" -> {}
            case "exit" -> System.exit(7);
            case "die" -> {
                System.err.println("the child says why it dies");
                Runtime.getRuntime().halt(9);
            }
            case "hog" -> {
                hog();
                answer(id, message);
            }
            case "garbage" -> {
                say("this is no JSON");
                say("[1,2");
                answer(id, message);
            }
            case "endless" -> {
                byte[] part = new byte[64 * 1024];
                java.util.Arrays.fill(part, (byte) 'x');
                while (true) {
                    TO.write(part);
                }
            }
            case "close" -> TO.close();
            case "half" -> {
                synchronized (OUT) {
                    TO.print("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"resu");
                    TO.flush();
                    Runtime.getRuntime().halt(3);
                }
            }
            case "stderr" -> {
                for (int i = 0; i < 20_000; i++) {
                    System.err.println("line " + i + " of a flood to standard error, which nobody reads otherwise");
                }
                answer(id, message);
            }
            case "fork" -> {
                Process forked = new ProcessBuilder("sh", "-c", "trap '' TERM HUP; while :; do sleep 1; done").start();
                say("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{\"forked\":" + forked.pid() + "}}");
            }
            case "escape" -> {
                Process forked =
                        new ProcessBuilder("setsid", "sh", "-c", "trap '' TERM HUP; while :; do sleep 1; done").start();
                say("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{\"forked\":" + forked.pid() + "}}");
            }
            case "progress" -> {
                for (int i = 1; i <= 3; i++) {
                    say("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progressToken\":" + id
                            + ",\"progress\":" + i + "}}");
                }
                answer(id, message);
            }
            case "longAfterProgress" -> {
                say("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progressToken\":" + id
                        + ",\"progress\":1}}");
                Thread.sleep(300);
                say("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{\"text\":\"" + "x".repeat(500_000) + "\"}}");
            }
            case "long" ->
                say("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{\"text\":\"" + "x".repeat(1_000_000) + "\"}}");
            case "cancelled" ->
                say("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{\"cancelled\":" + CANCELLED + "}}");
            case "sample" -> {
                say("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"sampling/createMessage\",\"params\":{}}");
                answer(id, message);
            }
            case "subscriptions" ->
                say("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{\"seen\":\"" + SUBSCRIPTIONS + "\"}}");
            case "updated" -> {
                say(
                        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/resources/updated\",\"params\":{\"uri\":\"a:b\"}}");
                answer(id, message);
            }
            case "changed" -> {
                say("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}");
                answer(id, message);
            }
            case "unescaped" -> answer(id.replace("\\/", "/"), message);
            case "slow" -> {
                Thread.sleep(300);
                answer(id, message);
            }
            case "neither" -> say("{\"jsonrpc\":\"2.0\",\"id\":" + id + "}");
            case "both" ->
                say("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{},\"error\":{\"code\":1,\"message\":\"m\"}}");
            case "twice" -> {
                answer(id, message);
                answer(id, message);
            }
            default -> answer(id, message);
        }
    }

    /**
     * Takes memory that is not of the heap, twice as much as {@link #LIMIT}, and dies if the system gives it no more.
     */
    private static void hog() {
        List<ByteBuffer> pieces = new ArrayList<>();
        try {
            while (pieces.size() * (long) PIECE < 2 * LIMIT) {
                pieces.add(ByteBuffer.allocateDirect(PIECE));
            }
        } catch (OutOfMemoryError e) {
            System.err.println("no memory after " + pieces.size() + " pieces");
            Runtime.getRuntime().halt(5);
        }
    }

    private static void answer(String id, String message) {
        String arguments = message.replaceAll(".*\"arguments\":\\s*(\\{[^}]*}).*", "$1");
        say("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{\"content\":[],\"pid\":"
                + ProcessHandle.current().pid() + ",\"echo\":" + arguments + "}}");
    }
}
