package io.weir.bench.connections;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A connection of a client over HTTP/1.1, from an address of its own. Not thread-safe. */
final class HttpConnection implements AutoCloseable {
    private static final Pattern STATUS = Pattern.compile("^HTTP/1.1 (\\d{3})");
    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: *(\\d+)");

    private final Socket socket = new Socket();
    private final InputStream in;

    /**
     * Connects.
     *
     * @param address the number of an address of 127.0.0.0/8, from 0 on
     */
    HttpConnection(int address, int port) throws IOException {
        socket.setTcpNoDelay(true);
        byte[] own = {127, 0, (byte) (1 + address / 250), (byte) (1 + address % 250)};
        socket.bind(new InetSocketAddress(InetAddress.getByAddress(own), 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout(60_000);
        in = new BufferedInputStream(socket.getInputStream(), 1024);
    }

    /** Sends a message. */
    void post(String body, String headers) throws IOException {
        send("POST /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: application/json, text/event-stream\r\n" + headers
                + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    /** Asks for a stream. */
    void get() throws IOException {
        send("GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
    }

    private void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Reads a response, which must have that status. */
    void expect(int wanted) throws IOException {
        int status = status();
        if (status != wanted) {
            throw new IOException("answered " + status + " and not " + wanted);
        }
    }

    /** The status of the next response, whose body, if it has a length, is read. */
    int status() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("closed after " + head);
            }
            head.append((char) next);
        }
        Matcher length = LENGTH.matcher(head);
        in.skipNBytes(length.find() ? Long.parseLong(length.group(1)) : 0);
        Matcher status = STATUS.matcher(head);
        return status.find() ? Integer.parseInt(status.group(1)) : 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
