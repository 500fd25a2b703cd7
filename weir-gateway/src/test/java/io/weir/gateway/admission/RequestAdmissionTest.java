package io.weir.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.weir.config.OperationConfig;
import io.weir.config.QueueConfig;
import io.weir.config.UpstreamConfig;
import io.weir.core.FlowStats;
import io.weir.core.admission.Admission;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.BackpressureAction;
import io.weir.core.config.Profile;
import io.weir.core.config.WeirConfigBuilder;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.QueueStats;
import io.weir.core.queue.UpstreamListener;
import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.EnvelopeReader;
import io.weir.gateway.jsonrpc.MalformedMessageException;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Payload;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class RequestAdmissionTest {
    private static final long SECOND = 1_000_000_000L;
    private static final QueueConfig ONE = QueueConfig.DEFAULT.withCapacity(Capacity.fixed(1));
    private static final OperationConfig LANE =
            new OperationConfig(Optional.of(Capacity.fixed(1)), Optional.empty(), Optional.empty(), Optional.empty());

    private final EnvelopeReader reader = new EnvelopeReader();
    private long now = SECOND;

    private final class Bench {
        final Admission admission;
        final Upstreams upstreams;
        final RequestAdmission requestAdmission;

        Bench(QueueConfig queue, UnaryOperator<WeirConfigBuilder> limits) {
            ConnectionSignals signals = new ConnectionSignals(PressureListener.NONE);
            admission = new Admission(
                    limits.apply(Profile.DEVELOPMENT.builder(1 << 30)).build(), signals);
            UpstreamConfig upstream = new UpstreamConfig(
                    "s", URI.create("http://h/"), Map.of(), Duration.ofSeconds(1), Duration.ofSeconds(1), 64, queue);
            upstreams = new Upstreams(List.of(upstream), admission, UpstreamListener.NONE, null, now);
            requestAdmission = new RequestAdmission(admission, upstreams, signals, -31429, 1_000);
        }

        Verdict offer(Client1 sender, String body) {
            return requestAdmission.offer(inbound(sender, body), sender, now);
        }

        QueueStats stats(int queue) {
            return upstreams.stats(now).get(queue);
        }

        String errors(Verdict.Wait waits, Client1 sender, String body) {
            return text(requestAdmission.removed(inbound(sender, body), waits.exchange(), now));
        }

        FlowStats flow() {
            return admission.globalStats().flow();
        }
    }

    /** A sender that notes what it is told. */
    private static final class Client1 implements AdmissionCallback {
        final List<String> told = new ArrayList<>();
        private final String key;
        private final long maxWaitNanos;

        Client1(String key, long maxWaitNanos) {
            this.key = key;
            this.maxWaitNanos = maxWaitNanos;
        }

        Client1(String key) {
            this(key, Long.MAX_VALUE);
        }

        @Override
        public void dispatched() {
            told.add("dispatched");
        }

        @Override
        public void cancellationTaken() {
            told.add("cancellation taken");
        }

        @Override
        public void drained() {
            told.add("drained");
        }

        @Override
        public void removed() {
            told.add("removed");
        }
    }

    private InboundRequest inbound(Client1 sender, String body) {
        Client client = Client.ofAddress("t", sender.key, "");
        return new InboundRequest(
                "s", client, null, true, envelope(body), Payload.of(bytes(body)), sender.maxWaitNanos, true);
    }

    private Envelope envelope(String body) {
        try {
            return reader.read(bytes(body));
        } catch (MalformedMessageException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] bytes(String body) {
        return body.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(Verdict.Rejected away) {
        return new String(away.error(), StandardCharsets.UTF_8);
    }

    private static String call(int id, String tool) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
                + "\"}}";
    }

    private static String request(int id, String method) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + method + "\"}";
    }

    private static String cancel(String id) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":" + id + "}}";
    }

    private static Exchange forwarded(Verdict verdict) {
        assertThat(verdict).isInstanceOf(Verdict.Forward.class);
        return ((Verdict.Forward) verdict).exchange();
    }

    private static Verdict.Wait waiting(Verdict verdict) {
        assertThat(verdict).isInstanceOf(Verdict.Wait.class);
        return (Verdict.Wait) verdict;
    }

    @Test
    void offer_beyondCapacity_waitsAndIsDispatchedWhenAPlaceIsFree() {
        Bench bench = new Bench(ONE, b -> b);
        Client1 second = new Client1("b");
        Exchange first = forwarded(bench.offer(new Client1("a"), call(1, "x")));
        Exchange waits = waiting(bench.offer(second, call(2, "x"))).exchange();
        assertThat(second.told).isEmpty();

        first.completed(now);

        assertThat(second.told).containsExactly("dispatched");
        waits.completed(now);
        waits.completed(now);
        assertThat(bench.flow().completed().messages()).isEqualTo(2);
        assertThat(bench.stats(0).inFlight()).isZero();
    }

    @Test
    void control_isNeverQueued() {
        Bench bench = new Bench(ONE, b -> b);
        forwarded(bench.offer(new Client1("a"), call(1, "x")));

        Verdict ping = bench.offer(new Client1("a"), request(2, "ping"));

        assertThat(((Verdict.Forward) ping).control()).isTrue();
        assertThat(bench.offer(new Client1("a"), request(3, "initialize"))).isInstanceOf(Verdict.Forward.class);
        assertThat(bench.stats(0).queued()).isZero();
    }

    @Test
    void stream_holdsNoPlace() {
        Bench bench = new Bench(ONE, b -> b);

        forwarded(bench.offer(new Client1("a"), request(1, "subscriptions/listen")));

        assertThat(bench.stats(0).inFlight()).isZero();
        forwarded(bench.offer(new Client1("a"), call(2, "x")));
        assertThat(bench.admission.globalStats().pending().messages()).isEqualTo(2);
    }

    @Test
    void cancelled_whileQueued_isTakenOutAndAnswered() {
        Bench bench = new Bench(ONE, b -> b);
        Client1 sender = new Client1("a");
        forwarded(bench.offer(new Client1("a"), call(1, "x")));
        Verdict.Wait waits = waiting(bench.offer(sender, call(2, "x")));

        assertThat(bench.offer(new Client1("a"), cancel("2"))).isInstanceOf(Verdict.CancelledQueued.class);

        assertThat(sender.told).containsExactly("removed");
        assertThat(bench.errors(waits, sender, call(2, "x")))
                .contains("\"id\":2,", "\"code\":-31429", "\"reason\":\"cancelled\"");
        assertThat(bench.flow().cancelled().messages()).isEqualTo(1);
        assertThat(bench.offer(new Client1("a"), cancel("2"))).isInstanceOf(Verdict.Forward.class);
    }

    @Test
    void cancelled_ofAnotherConnectionIdOrInFlight_goesOn() {
        Bench bench = new Bench(ONE, b -> b);
        Client1 sender = new Client1("a");
        forwarded(bench.offer(new Client1("a"), call(1, "x")));
        waiting(bench.offer(sender, call(2, "x")));

        assertThat(bench.offer(new Client1("b"), cancel("2"))).isInstanceOf(Verdict.Forward.class);
        assertThat(bench.offer(new Client1("a"), cancel("\"2\""))).isInstanceOf(Verdict.Forward.class);
        assertThat(bench.offer(new Client1("a"), cancel("1"))).isInstanceOf(Verdict.Forward.class);
        assertThat(sender.told).isEmpty();
    }

    @Test
    void withdraw_whileQueued_tellsNobodyAndOnlyOnce() {
        Bench bench = new Bench(ONE, b -> b);
        Client1 sender = new Client1("a");
        Exchange first = forwarded(bench.offer(new Client1("a"), call(1, "x")));
        Exchange waits = waiting(bench.offer(sender, call(2, "x"))).exchange();

        assertThat(waits.withdraw(now)).isTrue();
        assertThat(waits.withdraw(now)).isFalse();

        first.completed(now);
        assertThat(sender.told).isEmpty();
        assertThat(bench.admission.globalStats().pending().messages()).isZero();
        assertThat(first.withdraw(now)).isFalse();
    }

    @Test
    void ttl_isTheShortestOfConfigurationHeaderAndMetadata() {
        Bench bench = new Bench(ONE.withTtl(Duration.ofSeconds(10)), b -> b);
        forwarded(bench.offer(new Client1("a"), call(0, "x")));
        Client1 byConfiguration = new Client1("a");
        Client1 byHeader = new Client1("a", 3 * SECOND);
        Client1 byMetadata = new Client1("a", 3 * SECOND);
        String hurried = "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{\"name\":\"x\","
                + "\"_meta\":{\"io.weir/timeoutMs\":2000}}}";
        waiting(bench.offer(byConfiguration, call(1, "x")));
        waiting(bench.offer(byHeader, call(2, "x")));
        Verdict.Wait hurries = waiting(bench.offer(byMetadata, hurried));

        now += 2 * SECOND + SECOND / 10;
        bench.upstreams.tick(now);
        assertThat(byMetadata.told).containsExactly("removed");
        assertThat(bench.errors(hurries, byMetadata, hurried)).contains("\"reason\":\"expired\"", "\"limit\":2000");
        assertThat(byHeader.told).isEmpty();
        now += SECOND;
        bench.upstreams.tick(now);
        assertThat(byHeader.told).containsExactly("removed");
        assertThat(byConfiguration.told).isEmpty();
        now += 8 * SECOND;
        bench.upstreams.tick(now);
        assertThat(byConfiguration.told).containsExactly("removed");
        assertThat(bench.flow().expired().messages()).isEqualTo(3);
    }

    @Test
    void lanes_ofMethodsAndTools_waitForThemselves() {
        Bench bench = new Bench(ONE.withOperations(Map.of("resources/read", LANE), Map.of("slow", LANE)), b -> b);
        forwarded(bench.offer(new Client1("a"), call(1, "slow")));
        waiting(bench.offer(new Client1("a"), call(2, "slow")));
        forwarded(bench.offer(new Client1("a"), request(3, "resources/read")));
        forwarded(bench.offer(new Client1("a"), call(4, "other")));
        waiting(bench.offer(new Client1("a"), "[" + call(5, "other") + "," + request(6, "tools/list") + "]"));

        assertThat(bench.upstreams.stats(now))
                .extracting(each -> each.upstream() + " " + each.inFlight() + " " + each.queued())
                .containsExactly("s 1 2", "s/resources/read 1 0", "s/slow 1 1");
    }

    @Test
    void priorities_ofOneConnection_areServedInOrder() {
        Bench bench = new Bench(ONE, b -> b);
        Exchange first = forwarded(bench.offer(new Client1("a"), call(1, "x")));
        Client1 background = new Client1("a");
        Client1 list = new Client1("a");
        Client1 urgent = new Client1("a");
        waiting(bench.offer(background, request(2, "logging/setLevel")));
        Exchange listed = waiting(bench.offer(list, request(3, "tools/list"))).exchange();
        Exchange called = waiting(bench.offer(urgent, call(4, "x"))).exchange();

        first.completed(now);
        assertThat(urgent.told).containsExactly("dispatched");
        assertThat(list.told).isEmpty();
        called.completed(now);
        assertThat(list.told).containsExactly("dispatched");
        assertThat(background.told).isEmpty();
        listed.completed(now);
        assertThat(background.told).containsExactly("dispatched");
    }

    @Test
    void dropOldest_silently_answersNothing() {
        Bench bench = new Bench(
                ONE,
                b -> b.maxMessages(2)
                        .backpressureAction(BackpressureAction.DROP_OLDEST)
                        .dropSilently(true));
        forwarded(bench.offer(new Client1("a"), call(1, "x")));
        Client1 oldest = new Client1("a");
        Verdict.Wait waits = waiting(bench.offer(oldest, call(2, "x")));

        waiting(bench.offer(new Client1("a"), call(3, "x")));

        assertThat(oldest.told).containsExactly("removed");
        assertThat(bench.requestAdmission
                        .removed(inbound(oldest, call(2, "x")), waits.exchange(), now)
                        .silent())
                .isTrue();
    }

    @Test
    void offer_thatIsRefused_isCountedForTheOperatorWithReasonAndTenant() {
        Bench bench = new Bench(ONE, limits -> limits.maxMessages(1));
        forwarded(bench.offer(new Client1("a"), call(1, "x")));

        bench.offer(new Client1("a"), call(2, "x"));

        assertThat(bench.requestAdmission.rejections().reader().take(now, 1))
                .extracting(
                        RejectionCounters.Report::upstream,
                        RejectionCounters.Report::reason,
                        RejectionCounters.Report::messages,
                        RejectionCounters.Report::tenant)
                .containsExactly(tuple("s", "connection_messages", 1L, "t"));
    }

    @Test
    void close_abandonsWhatWaitsWithTheReason() {
        Bench bench = new Bench(ONE, b -> b);
        forwarded(bench.offer(new Client1("a"), call(1, "x")));
        Client1 sender = new Client1("a");
        Verdict.Wait waits = waiting(bench.offer(sender, call(2, "x")));
        bench.admission.close();

        assertThat(bench.offer(new Client1("a"), call(3, "x"))).isInstanceOf(Verdict.Rejected.class);
        assertThat(sender.told).isEmpty();
        bench.upstreams.close(now);

        assertThat(sender.told).containsExactly("removed");
        assertThat(bench.errors(waits, sender, call(2, "x"))).contains("\"reason\":\"closed\"", "Shutting down");
    }

    @Test
    void cancelled_idOfACallThatTimedOut_takesOutTheOneThatWaits() {
        Bench bench = new Bench(ONE, b -> b);
        forwarded(bench.offer(new Client1("a"), call(5, "x"))).timedOut(now);
        Client1 sender = new Client1("a");
        waiting(bench.offer(sender, call(5, "x")));

        assertThat(bench.offer(new Client1("a"), cancel("5"))).isInstanceOf(Verdict.CancelledQueued.class);

        assertThat(sender.told).containsExactly("removed");
    }

    private Cancellation cancellation(Bench bench, String id) {
        return ((Verdict.Forward) bench.offer(new Client1("a"), cancel(id))).cancellation();
    }

    @Test
    void cancelled_inFlight_itsSenderIsToldWhenTheUpstreamHasTakenIt() {
        Bench bench = new Bench(ONE, b -> b);
        Client1 sender = new Client1("a");
        forwarded(bench.offer(sender, call(5, "x")));

        Cancellation cancellation = cancellation(bench, "5");

        assertThat(sender.told).isEmpty();
        cancellation.taken();
        assertThat(sender.told).containsExactly("cancellation taken");
    }

    @Test
    void cancelled_endsBeforeTheUpstreamHasTakenIt_nextOneOfThatIdIsNotMeant() {
        Bench bench = new Bench(ONE, b -> b);
        Client1 first = new Client1("a");
        Client1 second = new Client1("a");
        Exchange exchange = forwarded(bench.offer(first, call(5, "x")));
        Cancellation cancellation = cancellation(bench, "5");
        exchange.completed(now);
        forwarded(bench.offer(second, call(5, "x")));

        cancellation.taken();

        assertThat(first.told).isEmpty();
        assertThat(second.told).isEmpty();
    }

    @Test
    void cancelled_whenOneOfTwoOfTheSameIdHasEnded_meansTheOther() {
        Bench bench = new Bench(ONE, b -> b);
        Client1 first = new Client1("a");
        Client1 second = new Client1("a");
        Client1 third = new Client1("a");
        Exchange exchange = forwarded(bench.offer(first, call(5, "x")));
        assertThat(waiting(bench.offer(second, call(5, "x"))).exchange().withdraw(now))
                .isTrue();

        cancellation(bench, "5").taken();
        assertThat(first.told).containsExactly("cancellation taken");

        waiting(bench.offer(third, call(5, "x")));
        exchange.completed(now);
        cancellation(bench, "5").taken();
        assertThat(third.told).containsExactly("dispatched", "cancellation taken");
        assertThat(second.told).isEmpty();
    }

    @Test
    void work_ofAToolThatIsCalledLikeAMethod_teachesNothingOfTheMethod() {
        Bench bench = new Bench(ONE, b -> b);
        Exchange quick = forwarded(bench.offer(new Client1("a"), call(1, "tools/list")));
        quick.completed(now + 1000);
        Exchange method = forwarded(bench.offer(new Client1("a"), request(2, "tools/list")));

        // Nothing is known of the method yet, so its slot is held for the configured time.
        assertThat(method.abandoned(now + 1000)).isGreaterThan(SECOND);
    }
}
