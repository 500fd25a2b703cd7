package io.weir.gateway.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import io.weir.config.EdgeConfig;
import io.weir.config.GatewayConfig;
import io.weir.config.GatewayConfigLoader;
import io.weir.core.admission.Admission;
import io.weir.core.admission.PressureListener;
import io.weir.core.queue.UpstreamListener;
import io.weir.gateway.admission.ConnectionSignals;
import io.weir.gateway.admission.RequestAdmission;
import io.weir.gateway.admission.Upstreams;
import io.weir.gateway.edge.EdgeServices;
import io.weir.gateway.edge.HandshakeLog;
import io.weir.gateway.proxy.LoopContext;
import io.weir.gateway.proxy.UpstreamSessionCloser;
import io.weir.gateway.session.Origin;
import io.weir.gateway.tls.TlsContexts;
import io.weir.gateway.upstream.UpstreamServer;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Deadlines of clients over TCP, in passed-in time: those of an event loop that was late are later by as much. */
class TcpDeadlinesTest {
    /** By how much the event loop was late: longer than all deadlines but that of an idle connection. */
    private static final long LATE = Duration.ofSeconds(100).toNanos();

    /** The connection reads the clock itself when something comes: the test is not as slow as this. */
    private static final long SLACK = Duration.ofSeconds(9).toNanos();

    private final EmbeddedChannel channel = new EmbeddedChannel(new ChannelDuplexHandler());
    private @Nullable Handler<Buffer> received;
    private EdgeConfig edge;
    private TcpConnection connection;

    @BeforeEach
    void connect() throws Exception {
        GatewayConfig config = new GatewayConfigLoader(1L << 30, name -> null)
                .set("tcp.listen=127.0.0.1:0")
                .set("edge.header_timeout_ms=10000")
                .set("edge.body_timeout_ms=20000")
                .set("edge.write_stall_timeout_ms=30000")
                .set("edge.idle_timeout_ms=40000")
                .upstream("http://127.0.0.1:9/")
                .load();
        edge = config.edge();
        EdgeServices shared = services(config);
        TcpServices services = new TcpServices(
                config.tcp().orElseThrow(),
                shared.addresses(),
                shared.identification(),
                shared.connections(),
                shared.responses(),
                shared.tcpAnswers(),
                Optional.empty(),
                HandshakeLog.ofTcp(),
                shared.credentials());
        LoopContext context = new LoopContext(
                stub(Vertx.class), stub(Context.class), shared.proxy(), (request, status, message) -> {});
        connection = new TcpConnection(
                new TcpLoop(services, context, new UpstreamSessionCloser(context), stub(UpstreamServer.class)),
                Objects.requireNonNull(shared.connections().open("127.0.0.1")),
                stub(NetSocket.class),
                channel,
                "127.0.0.1",
                new Origin("127.0.0.1", "c1"),
                System.nanoTime());
    }

    private static EdgeServices services(GatewayConfig config) throws Exception {
        ConnectionSignals signals = new ConnectionSignals(PressureListener.NONE);
        Admission admission = new Admission(config.limits(), signals);
        Upstreams upstreams = new Upstreams(config.upstreams(), admission, UpstreamListener.NONE, null, 0);
        RequestAdmission decides = new RequestAdmission(admission, upstreams, signals, -31429, 1_000);
        return EdgeServices.of(
                config, decides, upstreams, Optional.empty(), Optional.empty(), TlsContexts.open(config), null);
    }

    /** Does nothing, runs nothing later, and keeps the handler of what is received. */
    @SuppressWarnings("unchecked") // of a socket, whose handler gets buffers
    private <T> T stub(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            if (method.getName().equals("handler")) {
                received = (Handler<Buffer>) args[0];
            }
            Class<?> result = method.getReturnType();
            if (result == boolean.class) {
                return false;
            }
            return result == long.class ? 0L : null;
        }));
    }

    /** After a sweep, the event loop is late: the deadline that is in force is later by as much. */
    private void assertExtended(Duration deadline) {
        long now = System.nanoTime();
        connection.sweep(now);
        connection.extend(LATE);

        connection.sweep(now + LATE + deadline.toNanos() - SLACK);
        assertThat(channel.isOpen()).as("the connection before its deadline").isTrue();
        connection.sweep(now + LATE + deadline.toNanos() + SLACK);
        assertThat(channel.isOpen()).as("the connection after its deadline").isFalse();
    }

    @Test
    void extend_clientThatIsNotKnownYet() {
        assertExtended(edge.headerTimeout());
    }

    @Test
    void extend_lineThatIsNotWhole() {
        connection.ready(Optional.of("t"));
        Objects.requireNonNull(received).handle(Buffer.buffer("{\"jsonrpc\""));

        assertExtended(edge.bodyTimeout());
    }

    @Test
    void extend_clientThatReadsNothing() {
        connection.ready(Optional.of("t"));
        var unused = channel.write(Unpooled.wrappedBuffer(new byte[1 << 20]));

        assertExtended(edge.writeStallTimeout());
    }

    @Test
    void extend_clientThatSaysNoMore() {
        connection.ready(Optional.of("t"));
        connection.halfClosed(1);

        assertExtended(Duration.ofSeconds(10));
    }

    @Test
    void extend_idleClient() {
        connection.ready(Optional.of("t"));

        assertExtended(edge.idleTimeout());
    }
}
