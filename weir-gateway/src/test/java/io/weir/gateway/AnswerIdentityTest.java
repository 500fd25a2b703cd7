package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client gets the answer to its own request, whatever a server sends on a connection. */
class AnswerIdentityTest {
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
                Rig rig = Rig.start(server.url().toString())) {
            assertThat(rig.call(Rig.call(1, "echo")).join().body()).contains("\"id\":1");
            assertThat(rig.call(Rig.call(2, "echo")).join().body()).contains("\"id\":2", "result");

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
                Rig rig = Rig.start(server.url().toString())) {
            rig.call(Rig.call(1, "echo")).join();
            Rig.await("the connection is closed", () -> server.open() == 0);

            assertThat(rig.stat("upstream_failures")).isEqualTo(1);
            assertThat(rig.call(Rig.call(2, "echo")).join().body()).contains("\"id\":2", "result");
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
                Rig rig = Rig.start(server.url().toString())) {
            assertThat(rig.call(Rig.call(1, "echo")).join().body()).contains("-31502");
        }
    }
}
