package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client gets the answer to its own request, whatever a server sends on a connection. */
class ResponseIdentityTest {
    private static void answerAnd(Socket socket, RawServer.Request request, String surplus) throws IOException {
        String body = answer(request, "{}");
        RawServer.write(
                socket,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                        + body + surplus);
    }

    private static String answer(RawServer.Request request, String result) {
        return "{\"result\":" + result + ",\"jsonrpc\":\"2.0\",\"id\":" + id(request) + "}";
    }

    private static String id(RawServer.Request request) {
        return request.body().replaceAll(".*\"id\":([^,}]+).*", "$1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "HTTP/1.1 500 Oops\r\nX-Inj: 1\r\nX: ", "HTTP/1.1 204 No\r\n\r\n"})
    void bytesBeyondAnAnswerInTheSameWrite_connectionIsNotUsedAgain(String surplus) throws Exception {
        RawServer.Script script = (socket, n) -> {
            answerAnd(socket, RawServer.read(socket), surplus);
            RawServer.serveAll(socket);
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            assertThat(rig.call(GatewayHarness.call(1, "echo")).join().body()).contains("\"id\":1");
            assertThat(rig.call(GatewayHarness.call(2, "echo")).join().body()).contains("\"id\":2", "result");

            assertThat(server.accepted()).isEqualTo(2);
            assertThat(rig.stat("upstream_failures")).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"})
    void bytesOnAnIdleConnection_connectionIsClosed(String surplus) throws Exception {
        RawServer.Script script = (socket, n) -> {
            answerAnd(socket, RawServer.read(socket), "");
            Thread.sleep(50);
            RawServer.write(socket, surplus);
            RawServer.serveAll(socket);
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            rig.call(GatewayHarness.call(1, "echo")).join();
            GatewayHarness.await("the connection is closed", () -> server.open() == 0);

            assertThat(rig.stat("upstream_failures")).isEqualTo(1);
            assertThat(rig.call(GatewayHarness.call(2, "echo")).join().body()).contains("\"id\":2", "result");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0 X", "20 X", "600 X", "999 X"})
    void statusThatIsNone_isABrokenAnswer(String status) throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.read(socket);
            RawServer.write(socket, "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n");
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            assertThat(rig.call(GatewayHarness.call(1, "echo")).join().body()).contains("-31502");
        }
    }

    private static long flow(GatewayHarness rig, String name) {
        Matcher found =
                Pattern.compile("\"" + name + "\":\\{\"messages\":(\\d+)").matcher(rig.stats());
        assertThat(found.find()).as(name).isTrue();
        return Long.parseLong(found.group(1));
    }

    /** Answers its first request like that, with quotes and line ends written as they are in these tables. */
    private static RawServer answeringFirst(String type, String body) throws IOException {
        return new RawServer((socket, n) -> {
            RawServer.read(socket);
            RawServer.write(socket, whole(type, body.replace('\'', '"').replace('~', '\n')));
            RawServer.serveAll(socket);
        });
    }

    private static String whole(String type, String body) {
        String head = "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\n";
        return type.startsWith("text/event")
                ? head + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(body.length()) + "\r\n" + body
                        + "\r\n0\r\n\r\n"
                : head + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "application/json|{'result':{'id':1},'jsonrpc':'2.0','id':77}",
                "application/json|{'jsonrpc':'2.0','id':'1','result':{}}",
                "application/json|{'jsonrpc':'2.0','id':null,'result':{}}",
                "application/json|{'jsonrpc':'2.0','id':77,'error':{'code':1,'message':'id'}}",
                "text/event-stream|data: {'result':{'id':1},'jsonrpc':'2.0','id':77}~~"
            })
    void answerToAnotherRequest_isNotPassedOn(String type, String body) throws Exception {
        try (RawServer server = answeringFirst(type, body);
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            String got = rig.call(GatewayHarness.call(1, "echo")).join().body();

            assertThat(got).contains("-31502", "another request", "\"id\":1").doesNotContain("77", "result");
            GatewayHarness.await("the connection is closed", () -> server.open() == 0);
            assertThat(rig.stat("upstream_failures")).isEqualTo(1);
            assertThat(flow(rig, "failed")).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "application/json|{'jsonrpc':'2.0','id':1}|neither a result nor an error",
                "application/json|{'jsonrpc':'2.0','id':1,'result':{},'error':{'code':1,'message':'m'}}|both a result and an",
                "text/event-stream|data: {'jsonrpc':'2.0','id':1}~~|neither a result nor an error"
            })
    void responseWithNeitherAResultNorAnErrorOrWithBoth_isAnError(String type, String body, String why)
            throws Exception {
        try (RawServer server = answeringFirst(type, body);
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            String got = rig.call(GatewayHarness.call(1, "echo")).join().body();

            assertThat(got).contains("-31502", "\"id\":1", "sent a response with " + why);
            GatewayHarness.await("the connection is closed", () -> server.open() == 0);
            assertThat(rig.stat("upstream_failures")).isEqualTo(1);
            assertThat(flow(rig, "failed")).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "application/json|{'jsonrpc':'2.0','id':1.0,'result':{'a':[{'id':2}],'id':'x'}}",
                "application/json|{'jsonrpc':'2.0','id':null,'error':{'code':1,'message':'m'}}",
                "text/event-stream|data: {'jsonrpc':'2.0','id':9,'method':'ping'}~~data: {'jsonrpc':'2.0','id':1,'result':{}}~~",
                "text/plain|what the gateway cannot read",
                "text/event-stream|id: 5~data: ~~"
            })
    void answerThatMayBeTheRequests_isPassedOnAsItIs(String type, String body) throws Exception {
        String sent = body.replace('\'', '"').replace('~', '\n');
        RawServer.Script script = (socket, n) -> {
            RawServer.read(socket);
            RawServer.write(socket, whole(type, sent));
            RawServer.serveAll(socket);
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            assertThat(rig.call(GatewayHarness.call(1, "echo")).join().body()).isEqualTo(sent);
            // It is counted when the server's response has ended, which the client may see before.
            GatewayHarness.await("completed", () -> flow(rig, "completed") == 1);
            assertThat(rig.stat("upstream_failures")).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "POST, Accept-Encoding: gzip",
        "POST, accept-encoding: br",
        "POST, X-Other: gzip",
        "GET, Accept-Encoding: gzip",
        "DELETE, Accept-Encoding: gzip"
    })
    void server_isAskedForUncompressedAnswersWhateverTheClientAccepts(String method, String accepted) throws Exception {
        CompletableFuture<String> head = new CompletableFuture<>();
        RawServer.Script script = (socket, n) -> {
            RawServer.Request request = RawServer.read(socket);
            head.complete(request.head());
            RawServer.answer(socket, request);
        };
        String post = GatewayHarness.post(GatewayHarness.call(1, "echo"), accepted, "Accept-Encoding: deflate");
        String bodyless = method + " /mcp HTTP/1.1\r\nHost: localhost\r\n" + accepted + "\r\n\r\n";
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString());
                Socket client = rig.send(method.equals("POST") ? post : bodyless)) {
            assertThat(client.getInputStream().read()).isEqualTo('H');

            assertThat(head.get(30, TimeUnit.SECONDS).toLowerCase(Locale.ROOT).lines())
                    .filteredOn(line -> line.startsWith("accept-encoding"))
                    .containsExactly("accept-encoding: identity");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "202 Accepted, '', true",
        "204 None, '', true",
        "200 OK, '', true",
        "200 OK, 'data: {\"jsonrpc\":\"2.0\",\"method\":\"a\"}', false"
    })
    void answerEndsWithoutOne_isAFailure(String status, String event, boolean said) throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.read(socket);
            String body = event.isEmpty() ? "" : event + "\n\n";
            String length = status.startsWith("204") ? "" : "Content-Length: " + body.length() + "\r\n";
            String type = event.isEmpty() ? "" : "Content-Type: text/event-stream\r\n";
            RawServer.write(socket, "HTTP/1.1 " + status + "\r\n" + type + length + "\r\n" + body);
            RawServer.serveAll(socket);
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            String got = rig.call(GatewayHarness.call(1, "echo")).join().body();

            if (said) {
                assertThat(got).contains("-31502", "without a result or an error", "\"id\":1");
            } else {
                assertThat(got).isEqualTo(event + "\n\n");
            }
            GatewayHarness.await("it has failed", () -> flow(rig, "failed") == 1);
            assertThat(flow(rig, "completed")).isZero();
        }
    }

    @Test
    void eventStreamOfAnHttp10Client_hasNoChunks() throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.Request request = RawServer.read(socket);
            RawServer.write(
                    socket,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: "
                            + answer(request, "{}") + "\n\n");
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString());
                Socket client = rig.send(
                        GatewayHarness.post(GatewayHarness.call(1, "echo")).replace("HTTP/1.1", "HTTP/1.0"))) {
            String got = new String(client.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);

            assertThat(got)
                    .doesNotContainIgnoringCase("chunked")
                    .contains("\r\n\r\ndata: {\"result\"")
                    .endsWith("}\n\n");
        }
    }

    @Test
    void getStreamOfAnHttp10ClientWithoutEvents_hasItsHeadWithoutChunks() throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.read(socket);
            RawServer.write(
                    socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            socket.getInputStream().read();
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString());
                Socket client = rig.send("GET /mcp HTTP/1.0\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")) {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) client.getInputStream().read());
            }

            assertThat(head.toString()).contains(" 200 OK").doesNotContainIgnoringCase("chunked");
        }
    }

    @Test
    void serverReadsACallAndCloses_isNotCalledIdle() throws Exception {
        RawServer.Script script = (socket, n) -> {
            RawServer.answer(socket, RawServer.read(socket));
            RawServer.read(socket);
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            rig.call(GatewayHarness.call(1, "echo")).join();

            assertThat(rig.call(GatewayHarness.call(2, "echo")).join().body())
                    .contains("-31502", "closed the connection before it responded")
                    .doesNotContain("idle");
        }
    }

    /** A client that has its response may call again, also while the stream that brought it is still open. */
    @ParameterizedTest
    @ValueSource(strings = {"capacity", "connection"})
    void responseInAStreamThatStaysOpen_releasesWhatTheCallHeld(String limit) throws Exception {
        String response = "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n";
        CountDownLatch goOn = new CountDownLatch(1);
        RawServer.Script script = (socket, n) -> {
            RawServer.Request request = RawServer.read(socket);
            if (request.is("slow")) {
                RawServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + response);
                goOn.await();
            } else {
                answerAnd(socket, request, "");
            }
        };
        String[] settings = limit.equals("capacity")
                ? new String[] {"upstreams.default.capacity=1"}
                : new String[] {"queue_limits.max_messages=1"};
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), settings);
                Socket client = rig.send(GatewayHarness.post(GatewayHarness.call(1, "slow"), "Connection: close"))) {
            StringBuilder got = new StringBuilder();
            while (got.indexOf(response) < 0) {
                got.append((char) client.getInputStream().read());
            }

            assertThat(rig.call(GatewayHarness.call(2, "echo")).join().body()).contains("\"id\":2", "result");
            goOn.countDown();
            assertThat(client.getInputStream().readAllBytes()).asString().doesNotContain("error", "data:");
            assertThat(flow(rig, "completed")).isEqualTo(2);
        }
    }

    @Test
    void streamThatBreaksOffBehindItsResponse_bringsNoSecondOne() throws Exception {
        String response = "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n";
        RawServer.Script script = (socket, n) -> {
            RawServer.read(socket);
            // The last chunk is missing.
            RawServer.write(
                    socket,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + Integer.toHexString(response.length()) + "\r\n" + response + "\r\n");
        };
        try (RawServer server = new RawServer(script);
                GatewayHarness rig = GatewayHarness.start(server.url().toString())) {
            assertThat(rig.call(GatewayHarness.call(1, "echo")).join().body()).isEqualTo(response);
            assertThat(flow(rig, "completed")).isEqualTo(1);
        }
    }
}
