package io.weir.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestFramingTest {
    private static final String HEAD = "POST /mcp HTTP/1.1\r\nHost: h\r\n";
    private static final String TWO_REQUESTS = HEAD + "Content-Length: 4\r\n\r\nbodyGET / HTTP/1.1\r\nhost: h\r\n\r\n";
    private static final String CHUNKED =
            HEAD + "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\nA\r\n\r\n\n0123456\r\n0\r\n\r\n";

    private static String fault(String bytes) {
        return String.valueOf(new RequestFraming(1_000, 100).accept(buffer(bytes)));
    }

    private static ByteBuf buffer(String bytes) {
        return Unpooled.wrappedBuffer(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Content-Length: 1~Content-Length: 2|more than one Content-Length",
                "Content-Length: 1~content-length: 1|more than one Content-Length",
                "Content-Length: 1, 1|a Content-Length that is not a number",
                "Content-Length: +1|a Content-Length that is not a number",
                "Content-Length: -1|a Content-Length that is not a number",
                "Content-Length:|a Content-Length that is not a number",
                "Content-Length: 1234567890123456|a Content-Length that is not a number",
                "Content-Length: 1~Transfer-Encoding: chunked|both a Content-Length and a Transfer-Encoding",
                "Transfer-Encoding: chunked~Content-Length: 1|both a Content-Length and a Transfer-Encoding",
                "Transfer-Encoding: gzip, chunked|a Transfer-Encoding other than chunked",
                "Transfer-Encoding: chunked~Transfer-Encoding: chunked|more than one Transfer-Encoding",
                "X: a~ b|a folded header line",
                "X: a~\tb|a folded header line",
                "X : a|a header line without a valid name",
                ": a|a header line without a valid name",
                "X|a header line without a valid name",
                "X\u00e9: a|a header line without a valid name",
                "host: i|more than one Host header"
            })
    void accept_ambiguousHead_saysWhy(String headers, String fault) {
        assertThat(fault(HEAD + headers.replace("~", "\r\n") + "\r\n\r\n")).isEqualTo(fault);
    }

    @Test
    void accept_bareLineEndsAndControlCharacters_saysWhy() {
        assertThat(fault(HEAD + "X: a\n\r\n")).isEqualTo("a line that ends without a carriage return");
        assertThat(fault(HEAD + "X: a\rY: b\r\n")).isEqualTo("a carriage return that does not end a line");
        assertThat(fault(HEAD + "X: a\0b\r\n")).isEqualTo("a control character");
        assertThat(fault(HEAD + "X: a\u007fb\r\n")).isEqualTo("a control character");
        assertThat(fault("\r\n" + HEAD)).isEqualTo("null");
        assertThat(fault("\r\n\r\n" + HEAD)).isEqualTo("a request line that is empty");
    }

    @Test
    void accept_requestLine_mustBeExact() {
        assertThat(fault("GET  / HTTP/1.1\r\n")).startsWith("a request target");
        assertThat(fault("GET / HTTP/1.1 \r\n")).startsWith("a version");
        assertThat(fault("GET http://h/ HTTP/1.1\r\nHost: H\r\n\r\n")).isEqualTo("null");
        assertThat(fault("GET http://h/ HTTP/1.1\r\nHost: h:80\r\n\r\n"))
                .isEqualTo("a request target of another host than its Host header");
        assertThat(fault("GET http://h/ HTTP/1.0\r\n\r\n")).isEqualTo("no Host header");
        assertThat(fault("GET h:80 HTTP/1.1\r\n")).isEqualTo("a request target that is neither a path nor an http URL");
        assertThat(fault("OPTIONS * HTTP/1.1\r\n")).startsWith("a request target that is neither");
        assertThat(fault("GET /#x HTTP/1.1\r\n")).isEqualTo("a request target with a fragment");
        assertThat(fault("GET /\u00e9 HTTP/1.1\r\n")).isEqualTo("a request target that is not ASCII");
        assertThat(fault("GE(T / HTTP/1.1\r\n")).startsWith("a request line");
        assertThat(fault("PRI * HTTP/2.0\r\n")).startsWith("a request target");
        assertThat(fault("GET / HTTP/1.2\r\n")).startsWith("a version");
        assertThat(fault("GET / HTTP/1.1\r\n\r\n")).isEqualTo("no Host header");
        assertThat(fault("GET / HTTP/1.0\r\n\r\n")).isEqualTo("null");
        assertThat(fault("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"))
                .isEqualTo("a Transfer-Encoding in HTTP/1.0");
    }

    @ParameterizedTest
    @CsvSource({
        "+4",
        "0x4",
        "''",
        "4 ;a=b",
        ";a=b",
        "' 4'",
        "123456789",
        "4g",
    })
    void accept_oddChunkSize_isRefused(String size) {
        assertThat(fault(HEAD + "Transfer-Encoding: chunked\r\n\r\n" + size + "\r\nbody\r\n0\r\n\r\n"))
                .isEqualTo("a chunk size that is not a hexadecimal number");
    }

    @Test
    void accept_chunksThatDoNotAddUp_isRefused() {
        String chunked = HEAD + "Transfer-Encoding: chunked\r\n\r\n";
        assertThat(fault(chunked + "3\r\nbody\r\n")).isEqualTo("a chunk that is longer than its size");
        assertThat(fault(chunked + "0\r\nX: a\r\n\r\n")).isEqualTo("null");
        assertThat(fault(chunked + "0\r\n x: a\r\n\r\n")).isEqualTo("a trailer line without a valid name");
        for (String name : new String[] {"Content-Length", "transfer-encoding", "Host", "Connection"}) {
            assertThat(fault(chunked + "0\r\n" + name + ": 1\r\n\r\n")).isEqualTo("a trailer that frames a message");
        }
        assertThat(fault(chunked + "1".repeat(40) + "\r\n")).startsWith("a chunk size that is not");
        assertThat(fault(chunked + "1".repeat(400))).isEqualTo("a chunk size that is too long");
    }

    @Test
    void accept_chunkExtensions_areReadWithinTheBoundOfAHead() {
        String chunked = HEAD + "Transfer-Encoding: chunked\r\n\r\n";
        assertThat(fault(chunked + "4;a=b;c=\"d\"\r\nbody\r\n0\r\n\r\n")).isEqualTo("null");
        assertThat(fault(chunked + "4; a=b\r\nbody\r\n0\r\n\r\n"))
                .isEqualTo("a chunk extension that is not of visible ASCII characters");
        assertThat(fault(chunked + ("1;" + "e".repeat(90) + "\r\nx\r\n").repeat(13)))
                .isEqualTo("a head of more than 1000 bytes");
        assertThat(fault(chunked + "1\r\nx\r\n".repeat(10_000))).isEqualTo("null");
        assertThat(fault(chunked + "0\r\n" + ("X: " + "t".repeat(90) + "\r\n").repeat(11)))
                .isEqualTo("a head of more than 1000 bytes");
    }

    @Test
    void accept_requestLineTooLong_is414() {
        RequestFraming framing = new RequestFraming(16 * 1024, 100);

        assertThat(framing.accept(buffer("GET /" + "a".repeat(8 * 1024)))).startsWith("a request line of 8192 bytes");
        assertThat(framing.status()).isEqualTo(414);
    }

    @Test
    void accept_headTooLarge_is431() {
        RequestFraming framing = new RequestFraming(1_000, 100);

        assertThat(framing.accept(buffer(HEAD + "X: " + "a".repeat(1_000))))
                .isEqualTo("a head of more than 1000 bytes");
        assertThat(framing.status()).isEqualTo(431);
    }

    @Test
    void accept_moreFieldsThanAllowed_is431() {
        RequestFraming framing = new RequestFraming(16 * 1024, 100);

        assertThat(framing.accept(buffer("GET / HTTP/1.1\r\nHost: h\r\n" + "a:b\r\n".repeat(99))))
                .isNull();
        assertThat(framing.accept(buffer("a:b\r\n"))).isEqualTo("more than 100 header fields");
        assertThat(framing.status()).isEqualTo(431);
    }

    @Test
    void accept_moreFieldsThanAllowedInTheTrailer_is431() {
        RequestFraming framing = new RequestFraming(16 * 1024, 100);
        framing.accept(buffer(HEAD + "Transfer-Encoding: chunked\r\n\r\n0\r\n"));

        assertThat(framing.accept(buffer("a:b\r\n".repeat(98)))).isNull();
        assertThat(framing.accept(buffer("a:b\r\n"))).isEqualTo("more than 100 header fields");
        assertThat(framing.status()).isEqualTo(431);
    }

    @Test
    void accept_nextRequest_countsItsFieldsAnew() {
        RequestFraming framing = new RequestFraming(16 * 1024, 2);

        assertThat(framing.accept(buffer("GET / HTTP/1.1\r\nHost: h\r\na:b\r\n\r\n".repeat(3))))
                .isNull();
    }

    @Test
    void heaviestHead_isTheOneOfAllThatAreNotForgotten() {
        RequestFraming framing = new RequestFraming(16 * 1024, 100);
        framing.accept(buffer("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
        int light = framing.heaviestHead();
        framing.accept(buffer("GET / HTTP/1.1\r\nHost: h\r\nX: " + "a".repeat(1_000)));
        int text = framing.heaviestHead();
        framing.accept(buffer("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n" + "a:b\r\n".repeat(90) + "\r\n"));
        int many = framing.heaviestHead();

        assertThat(text).isGreaterThan(light + 2 * 1_000);
        assertThat(many).isGreaterThan(text + 90 * 150);
        framing.forgetHeads();
        assertThat(framing.heaviestHead()).isZero();
        framing.accept(buffer("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
        assertThat(framing.heaviestHead()).isEqualTo(light);
    }

    @Test
    void isInLine_fromTheFirstByteToTheLineFeed() {
        RequestFraming framing = new RequestFraming(1_000, 100);
        assertThat(framing.isInLine()).isFalse();
        framing.accept(buffer("G"));
        assertThat(framing.isInLine()).isTrue();
        framing.accept(buffer("ET / HTTP/1.1\r"));
        assertThat(framing.isInLine()).isTrue();
        framing.accept(buffer("\n"));
        assertThat(framing.isInLine()).isFalse();
        framing.accept(buffer("Host: h\r\n\r"));
        assertThat(framing.isInLine()).isTrue();
        framing.accept(buffer("\n"));
        assertThat(framing.isInLine()).isFalse();
    }

    @Test
    void accept_wholeOrSplitAnywhere_comesToTheSame() {
        for (String bytes : new String[] {TWO_REQUESTS, CHUNKED, CHUNKED + TWO_REQUESTS}) {
            RequestFraming whole = new RequestFraming(1_000, 100);
            assertThat(whole.accept(buffer(bytes))).isNull();
            assertThat(whole.isInHead()).isFalse();
            assertThat(whole.isInBody()).isFalse();
            for (int split = 1; split < bytes.length(); split++) {
                RequestFraming framing = new RequestFraming(1_000, 100);
                assertThat(framing.accept(buffer(bytes.substring(0, split)))).isNull();
                assertThat(framing.accept(buffer(bytes.substring(split)))).isNull();
                assertThat(framing.headsBegun()).isEqualTo(whole.headsBegun());
                assertThat(framing.bodiesEnded()).isEqualTo(whole.bodiesEnded());
            }
        }
    }

    @Test
    void accept_inTheMiddle_knowsWhere() {
        RequestFraming framing = new RequestFraming(1_000, 100);
        framing.accept(buffer("POST"));
        assertThat(framing.isInHead()).isTrue();
        framing.accept(buffer(" / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n1"));
        assertThat(framing.isInHead()).isFalse();
        assertThat(framing.isInBody()).isTrue();
        assertThat(framing.bodiesEnded()).isZero();
        framing.accept(buffer("2"));
        assertThat(framing.isInBody()).isFalse();
        assertThat(framing.bodiesEnded()).isEqualTo(1);
    }
}
