package io.weir.bench.connections;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Clients with a TCP connection each, which do what they are told on the standard input: {@code open}, {@code call
 * MILLIS}, {@code close}.
 */
public final class ClientProcess {
    /** Fewer than one address may have by default. */
    private static final int OF_AN_ADDRESS = 900;

    private static final byte[] CALL =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"t\",\"arguments\":{}}}\n"
                    .getBytes(StandardCharsets.UTF_8);
    private static final Pattern REASON = Pattern.compile("\"reason\":\"([a-z_]+)\"");
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

    private final int port;
    private final int number;
    private final SocketChannel[] channels;
    private final long[] since;
    private final Selector selector = Selector.open();
    private final ByteBuffer in = ByteBuffer.allocate(64 * 1024);

    private ClientProcess(int port, int number, int count) throws IOException {
        this.port = port;
        this.number = number;
        this.channels = new SocketChannel[count];
        this.since = new long[count];
    }

    /**
     * Runs until its input ends.
     *
     * @param args the port, the number of this process from 1 on, and how many connections it has
     */
    public static void main(String[] args) throws IOException {
        ClientProcess clients =
                new ClientProcess(Integer.parseInt(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]));
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println(WorkerProcess.ANSWER + "ready");
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(" ", -1);
            System.out.println(WorkerProcess.ANSWER
                    + switch (words[0]) {
                        case "open" -> clients.open();
                        case "call" -> clients.call(TimeUnit.MILLISECONDS.toNanos(Long.parseLong(words[1])));
                        default -> clients.close();
                    });
        }
    }

    private String open() throws IOException {
        long begin = System.nanoTime();
        for (int i = 0; i < channels.length; i++) {
            SocketChannel channel = SocketChannel.open();
            InetAddress own =
                    InetAddress.getByAddress(new byte[] {127, (byte) number, (byte) (1 + i / OF_AN_ADDRESS), 1});
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.bind(new InetSocketAddress(own, 0));
            channel.connect(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, i);
            channels[i] = channel;
        }
        return String.valueOf(System.nanoTime() - begin);
    }

    /**
     * Every connection makes a call, spread evenly over that time: how many were answered, refused, lost, the 50th and
     * 99th percentile, and the reasons.
     */
    private String call(long nanos) throws IOException {
        long[] latencies = new long[channels.length];
        Map<String, Integer> reasons = new TreeMap<>();
        int answered = 0;
        int refused = 0;
        int lost = 0;
        int sent = 0;
        long begin = System.nanoTime();
        while (answered + refused + lost < channels.length) {
            long now = System.nanoTime();
            if (now - begin > nanos + PATIENCE) {
                break;
            }
            while (sent < channels.length && now - begin >= nanos / channels.length * sent) {
                since[sent] = System.nanoTime();
                channels[sent].write(ByteBuffer.wrap(CALL));
                sent++;
            }
            selector.select(1);
            for (SelectionKey key : selector.selectedKeys()) {
                int i = (Integer) key.attachment();
                in.clear();
                int read = channels[i].read(in);
                if (read < 0) {
                    key.cancel();
                    lost++;
                } else if (read > 0 && in.get(read - 1) == '\n') {
                    String answer = new String(in.array(), 0, read, StandardCharsets.UTF_8);
                    boolean error = answer.contains("\"error\"");
                    if (error) {
                        refused++;
                        reasons.merge(reason(answer), 1, Integer::sum);
                    }
                    latencies[answered] = System.nanoTime() - since[i];
                    answered += error ? 0 : 1;
                }
            }
            selector.selectedKeys().clear();
        }
        Arrays.sort(latencies, 0, answered);
        return String.format(
                Locale.ROOT,
                "%d %d %d %d %d %s",
                answered,
                refused,
                channels.length - answered - refused,
                latencies[Math.max(0, answered / 2 - 1)],
                latencies[Math.max(0, answered * 99 / 100 - 1)],
                reasons.toString().replace(' ', '_'));
    }

    private static String reason(String error) {
        Matcher reason = REASON.matcher(error);
        return reason.find() ? reason.group(1) : "failed";
    }

    private String close() throws IOException {
        for (SocketChannel channel : channels) {
            channel.close();
        }
        selector.selectNow();
        return "closed";
    }
}
