package io.weir.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A wire that fails. What happens to its n-th connection follows from the seed and n: one direction is disturbed from
 * some byte on, the other is passed on as it comes.
 */
final class FaultProxy implements AutoCloseable {
    private static final int MAX_BYTES_BEFORE = 3_000;
    private static final int MAX_SINGLE = 10_000;

    private final ServerSocket listening;
    private final int target;
    private final long seed;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final Map<Integer, Plan> plans = new ConcurrentHashMap<>();
    private final AtomicInteger accepted = new AtomicInteger();
    private volatile boolean calm;

    /** What a wire does wrong. */
    enum Fault {
        NONE,
        DELAY,
        /** Each byte is a segment of its own, until there were {@value #MAX_SINGLE}. */
        BYTES,
        /** Parts of random lengths, with pauses. */
        PARTS,
        RESET,
        /** The direction ends; the other stays open. */
        HALF_CLOSE,
        /** Nothing arrives any more, and nobody is told. */
        BLACK_HOLE
    }

    /** What happens to a connection, in which direction, after how many bytes of it. */
    record Plan(Fault fault, boolean toServer, int after, long seed) {
        static Plan of(long seed, int number) {
            Random random = new Random(seed * 1_000_003 + number);
            Fault[] all = Fault.values();
            return new Plan(
                    all[random.nextInt(all.length)],
                    random.nextBoolean(),
                    random.nextInt(4) == 0 ? 0 : random.nextInt(MAX_BYTES_BEFORE),
                    random.nextLong());
        }
    }

    /** A wire to that port of this machine. */
    FaultProxy(int target, long seed) throws IOException {
        this.target = target;
        this.seed = seed;
        this.listening = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    /** From now on, new connections are passed on as they are, and those that are disturbed are reset. */
    void calm() {
        calm = true;
        sockets.forEach(FaultProxy::reset);
    }

    /** What happens to the connection that comes from that port. */
    Plan planOf(int clientPort) throws InterruptedException {
        GatewayHarness.await("it is accepted", () -> plans.containsKey(clientPort));
        return java.util.Objects.requireNonNull(plans.get(clientPort));
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "fault-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                int number = accepted.getAndIncrement();
                Plan plan = calm ? new Plan(Fault.NONE, true, 0, 0) : Plan.of(seed, number);
                plans.put(client.getPort(), plan);
                Socket server = new Socket();
                sockets.add(client);
                sockets.add(server);
                server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                AtomicInteger open = new AtomicInteger(2);
                start(() -> pass(client, server, plan, plan.toServer, open));
                start(() -> pass(server, client, plan, !plan.toServer, open));
            } catch (IOException e) {
                if (listening.isClosed()) {
                    return;
                }
            }
        }
    }

    private void pass(Socket from, Socket to, Plan plan, boolean disturbed, AtomicInteger open) {
        Random random = new Random(plan.seed);
        byte[] part = new byte[8_192];
        int passed = 0;
        boolean silent = false;
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(part); n >= 0; n = in.read(part)) {
                int clean = disturbed ? Math.max(0, Math.min(n, plan.after - passed)) : n;
                if (!silent) {
                    out.write(part, 0, clean);
                }
                passed += n;
                if (clean < n && !silent) {
                    boolean whole = plan.fault == Fault.BYTES && passed - plan.after > MAX_SINGLE;
                    silent = !disturb(whole ? Fault.NONE : plan.fault, to, part, clean, n, random);
                    if (silent && plan.fault == Fault.RESET) {
                        reset(from);
                        reset(to);
                        return;
                    }
                }
            }
            if (!silent) {
                to.shutdownOutput();
            }
            if (silent && plan.fault == Fault.BLACK_HOLE) {
                // Not even the end arrives: the other side finds out by itself.
                return;
            }
        } catch (IOException e) {
            if (!silent || plan.fault != Fault.BLACK_HOLE) {
                reset(from);
                reset(to);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (open.decrementAndGet() == 0) {
                // What is on its way still arrives; after a reset there is nothing.
                close(from);
                close(to);
                sockets.remove(from);
                sockets.remove(to);
            }
        }
    }

    /** Passes a part on as the fault has it; false if nothing is passed on from here. */
    private static boolean disturb(Fault fault, Socket to, byte[] part, int from, int end, Random random)
            throws IOException, InterruptedException {
        OutputStream out = to.getOutputStream();
        switch (fault) {
            case NONE -> out.write(part, from, end - from);
            case DELAY -> {
                Thread.sleep(random.nextInt(60));
                out.write(part, from, end - from);
            }
            case BYTES -> {
                for (int i = from; i < end; i++) {
                    out.write(part, i, 1);
                }
            }
            case PARTS -> {
                for (int i = from; i < end; ) {
                    int length = Math.min(end - i, 1 + random.nextInt(700));
                    out.write(part, i, length);
                    i += length;
                    Thread.sleep(random.nextInt(3));
                }
            }
            case HALF_CLOSE -> {
                to.shutdownOutput();
                return false;
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // It is closed.
        }
        close(socket);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is closed all the same.
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        sockets.forEach(FaultProxy::reset);
    }
}
