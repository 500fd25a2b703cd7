package io.weir.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A server of bare sockets, so that a test decides on every byte. Each connection has a thread of its own. */
public final class RawServer implements AutoCloseable {
    /** The end of a head and a whole body: an event stream of one comment. */
    static final String CHUNKED_COMMENT = "Transfer-Encoding: chunked\r\n\r\n6\r\n: hi\n\n\r\n0\r\n\r\n";

    private final ServerSocket listening;
    private final Script script;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger maxOpen = new AtomicInteger();

    /** What the server does with its n-th connection, from 1 on; the connection is closed when it returns. */
    public interface Script {
        void serve(Socket socket, int number) throws IOException, InterruptedException;
    }

    /** One request of a client: its head and its body. */
    record Request(String head, String body) {
        boolean is(String method) {
            return body.contains("\"" + method + "\"");
        }
    }

    public RawServer(Script script) throws IOException {
        this(script, 0);
    }

    /**
     * @param receiveBuffer how much the kernel takes of what the script does not read, in bytes; 0 for its own choice
     */
    public RawServer(Script script, int receiveBuffer) throws IOException {
        this.script = script;
        this.listening = new ServerSocket();
        if (receiveBuffer > 0) {
            listening.setReceiveBufferSize(receiveBuffer);
        }
        listening.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 512);
        start(this::accept);
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + listening.getLocalPort() + "/mcp");
    }

    int port() {
        return listening.getLocalPort();
    }

    /** How many connections there have been. */
    int accepted() {
        return accepted.get();
    }

    /** How many scripts are running. */
    int open() {
        return open.get();
    }

    /** How many scripts were running at once at the most. */
    int maxOpen() {
        return maxOpen.get();
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "raw-server");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket socket = listening.accept();
                socket.setTcpNoDelay(true);
                sockets.add(socket);
                int number = accepted.incrementAndGet();
                start(() -> serve(socket, number));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket, int number) {
        maxOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
        try (socket) {
            script.serve(socket, number);
        } catch (IOException e) {
            // The gateway closed the connection, or the test is over.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.decrementAndGet();
        }
    }

    /** Reads one request with a {@code Content-Length}, or throws when the connection ends. */
    static Request read(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                throw new SocketException("closed");
            }
            head.write(b);
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        int length = 0;
        for (String line : text.split("\r\n", -1)) {
            if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(line.substring(15).strip());
            }
        }
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new SocketException("closed within a body");
        }
        return new Request(text, new String(body, StandardCharsets.UTF_8));
    }

    /** ErrorResponses a request with a result and the same id. */
    static void answer(Socket socket, Request request, String... headers) throws IOException {
        java.util.regex.Matcher id =
                java.util.regex.Pattern.compile("\"id\":([^,}]+)").matcher(request.body());
        String body = "{\"jsonrpc\":\"2.0\",\"id\":" + (id.find() ? id.group(1) : "null") + ",\"result\":{}}";
        String extra = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        write(
                socket,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + extra + "Content-Length: " + body.length()
                        + "\r\n\r\n" + body);
    }

    static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    /** Reads until that text has come. */
    static void await(Socket socket, String text) throws IOException {
        StringBuilder got = new StringBuilder();
        while (got.indexOf(text) < 0) {
            int b = socket.getInputStream().read();
            if (b < 0) {
                throw new SocketException("closed after " + got);
            }
            got.append((char) b);
        }
    }

    /** Serves request after request until the gateway closes the connection. */
    public static void serveAll(Socket socket) throws IOException {
        while (true) {
            answer(socket, read(socket));
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
