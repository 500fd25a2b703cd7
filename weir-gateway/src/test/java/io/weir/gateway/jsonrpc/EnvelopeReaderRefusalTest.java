package io.weir.gateway.jsonrpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeReaderRefusalTest {
    private final EnvelopeReader reader = new EnvelopeReader();

    private MalformedMessageException refusalOf(byte[] body) {
        return assertThatExceptionOfType(MalformedMessageException.class)
                .isThrownBy(() -> reader.read(body))
                .actual();
    }

    private void assertNotJson(byte[] body, String what) {
        MalformedMessageException refusal = refusalOf(body);
        assertThat(refusal).hasMessage("The body is not JSON: " + what);
        assertThat(refusal.code()).isEqualTo(MalformedMessageException.PARSE_ERROR);
    }

    private void assertNoMessage(String body, String what) {
        MalformedMessageException refusal = refusalOf(body.getBytes(StandardCharsets.UTF_8));
        assertThat(refusal).hasMessage("Invalid message: " + what);
        assertThat(refusal.code()).isEqualTo(MalformedMessageException.INVALID_REQUEST);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``             | it is empty
            ` \n`          | it is empty
            {              | it ends too early, at byte 1
            {"a            | it ends too early, at byte 3
            {"a":"\\       | it ends too early, at byte 7
            [1             | it ends too early, at byte 2
            [1,            | it ends too early, at byte 3
            {"a":01}       | a malformed number near byte 6
            {"a":+1}       | an unexpected character near byte 6
            {"a":1.}       | an unexpected character near byte 7
            {"a":.5}       | an unexpected character near byte 5
            {"a":-}        | an unexpected character near byte 6
            {"a":1e}       | an unexpected character near byte 7
            {"a":0x1}      | an unexpected character near byte 6
            {"a":NaN}      | an unknown word near byte 8
            {"a":-Infinity}| an unknown word near byte 14
            {"a":tru}      | an unknown word near byte 5
            {"a":TRUE}     | an unknown word near byte 5
            {"a":1,}       | an unexpected character near byte 7
            {"a" 1}        | an unexpected character near byte 5
            {a:1}          | an unexpected character near byte 1
            {'a':1}        | an unexpected character near byte 1
            {1:2}          | an unexpected character near byte 1
            [1,]           | an unexpected character near byte 3
            [,1]           | an unexpected character near byte 1
            [1 2]          | an unexpected character near byte 3
            [1}            | a closing bracket of the wrong kind near byte 2
            ]              | a closing bracket of the wrong kind near byte 0
            /* c */ {}     | an unexpected character near byte 0
            {} // c        | an unexpected character near byte 3
            # c            | an unexpected character near byte 0
            {"a":"\\x41"}  | an unknown escape in a string near byte 7
            {"a":"\\u00g0"}| an unexpected character near byte 10
            {"a":"\t"}     | an unescaped control character in a string near byte 6
            {"a":"\0"}     | an unescaped control character in a string near byte 6
            {"a":1\0}      | a control character near byte 7
            [1\f]          | a control character near byte 3
            {"a"\u00a0:1}  | an unexpected character near byte 4
            {} {}          | something follows the value at byte 3
            {}[]           | something follows the value at byte 2
            {} x           | an unknown word near byte 3
            """)
    void body_thatIsNotJson_isAParseError(String body, String what) {
        assertNotJson(body.getBytes(StandardCharsets.UTF_8), what);
    }

    @ParameterizedTest
    @CsvSource({
        "7b22ff223a317d, 2",
        "5b22c0af225d, 2", // overlong
        "5b22eda080225d, 2", // a surrogate
        "5b22f4908080225d, 2", // beyond U+10FFFF
        "5b2261c3225d, 3", // cut off
        "5b22e282ac80225d, 5", // a lone continuation
        "5b2231323334353637383930313233343536ff225d, 18",
        "c3, 0"
    })
    void body_thatIsNotUtf8_isAParseError(String hex, int offset) {
        assertNotJson(HexFormat.of().parseHex(hex), "it is not valid UTF-8 at byte " + offset);
    }

    @Test
    void byteOrderMark_isAParseError() {
        assertNotJson("\ufeff{}".getBytes(StandardCharsets.UTF_8), "it begins with a byte order mark");
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32LE", "UTF-32BE"})
    void otherEncodings_areNotDetected(String charset) {
        byte[] body = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}".getBytes(Charset.forName(charset));

        assertThat(refusalOf(body).code()).isEqualTo(MalformedMessageException.PARSE_ERROR);
    }

    @Test
    void message_ofAFault_quotesNothingOfTheBody() {
        String secret = "S3CRET";
        for (String body :
                new String[] {secret, "{\"a\":" + secret + "}", "{" + secret + "}", "{\"" + secret + "\":1 2}"}) {
            assertThat(refusalOf(body.getBytes(StandardCharsets.UTF_8)))
                    .message()
                    .doesNotContain(secret);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            1                                              | a message is not an object at byte 0
            "text"                                         | a message is not an object at byte 0
            null                                           | a message is not an object at byte 0
            []                                             | a batch is empty at byte 0
            [1]                                            | a message is not an object at byte 1
            [[{"jsonrpc":"2.0","method":"m"}]]             | a message is not an object at byte 1
            {}                                             | no "jsonrpc" in the message at byte 0
            {"id":1,"method":"m"}                          | no "jsonrpc" in the message at byte 0
            {"jsonrpc":"1.0","method":"m"}                 | "jsonrpc" is not "2.0" at byte 11
            {"jsonrpc":2.0,"method":"m"}                   | "jsonrpc" is not "2.0" at byte 11
            {"jsonrpc":["2.0"],"method":"m"}               | "jsonrpc" is not "2.0" at byte 11
            {"jsonrpc":"2.0","method":1}                   | "method" is not a string at byte 26
            {"jsonrpc":"2.0","method":null,"result":1}     | "method" is not a string at byte 26
            {"jsonrpc":"2.0","method":"m","params":"p"}    | "params" is neither an object nor an array at byte 39
            {"jsonrpc":"2.0","method":"m","params":true}   | "params" is neither an object nor an array at byte 39
            {"jsonrpc":"2.0","method":"m","id":1.0}        | "id" is neither a string nor an integer at byte 35
            {"jsonrpc":"2.0","method":"m","id":1e2}        | "id" is neither a string nor an integer at byte 35
            {"jsonrpc":"2.0","method":"m","id":true}       | "id" is neither a string nor an integer at byte 35
            {"jsonrpc":"2.0","method":"m","id":{"id":1}}   | "id" is neither a string nor an integer at byte 35
            {"jsonrpc":"2.0","method":"m","id":[1]}        | "id" is neither a string nor an integer at byte 35
            {"jsonrpc":"2.0","method":"m","id":null}       | a "method" and an "id" that is null in the message at byte 0
            {"jsonrpc":"2.0","method":"m","id":1,"result":1} | a "method" and a "result" or "error" in the message at byte 0
            {"jsonrpc":"2.0","method":"m","error":{}}      | a "method" and a "result" or "error" in the message at byte 0
            {"jsonrpc":"2.0","id":1,"result":1,"error":{}} | a "result" and an "error" in the message at byte 0
            {"jsonrpc":"2.0","id":1,"error":null,"result":1} | "error" is not an object at byte 32
            {"jsonrpc":"2.0","id":1}                       | neither a "method" nor a "result" nor an "error" in the message at byte 0
            {"jsonrpc":"2.0","id":1,"params":{}}           | neither a "method" nor a "result" nor an "error" in the message at byte 0
            {"jsonrpc":"2.0","id":1,"result":1,"params":{}} | "params" and no "method" in the message at byte 0
            {"jsonrpc":"2.0","result":1}                   | a "result" and no "id" in the message at byte 0
            {"jsonrpc":"2.0","id":null,"result":1}         | a "result" and no "id" in the message at byte 0
            [{"jsonrpc":"2.0","method":"m"},{"id":1}]      | no "jsonrpc" in the message at byte 32
            """)
    void json_thatIsNoMessage_isAnInvalidRequest(String body, String what) {
        assertNoMessage(body, what);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"jsonrpc":"2.0","method":"a","method":"b"}            | 30
            {"jsonrpc":"2.0","method":"a","\\u006dethod":"b"}       | 30
            {"jsonrpc":"2.0","id":1,"id":1,"method":"a"}           | 24
            {"jsonrpc":"2.0","method":"a","params":{"x":1,"x":1}}  | 46
            {"jsonrpc":"2.0","method":"a","params":{"x":1,"\\u0078":1}} | 46
            {"jsonrpc":"2.0","method":"a","params":{"name":"x","name":"y"}} | 51
            {"jsonrpc":"2.0","method":"a","params":[{"y":{"":1,"":2}}]} | 51
            {"jsonrpc":"2.0","id":1,"result":{"ä":1,"ä":2}}        | 41
            {"a":1,"b":2,"a":3}                                    | 13
            """)
    void nameTwice_isRefusedAtEveryDepth(String body, int offset) {
        assertNoMessage(body, "an object has the same name twice, the second at byte " + offset);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 15, 16, 17, 18, 40, 1000})
    void nameTwice_amongMany_isRefused(int names) {
        StringBuilder body = new StringBuilder("{");
        for (int i = 0; i < names; i++) {
            body.append("\"n").append(i).append("\":{\"n0\":0,\"n1\":0},");
        }
        int second = body.length();

        assertNoMessage(
                body + "\"n" + names / 2 + "\":1}", "an object has the same name twice, the second at byte " + second);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Method", "METHOD", "JsonRpc", "ID", "iD", "Params", "Result", "ERROR", "paramſ", "\\u004dethod"
            })
    void variantOfAMembersName_isRefused(String name) {
        assertNoMessage(
                "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"" + name + "\":\"tools/call\"}",
                "a member's name differs only in case from one of JSON-RPC's at byte 33");
    }

    @Test
    void variantOfAMembersName_insteadOfIt_isRefused() {
        assertNoMessage(
                "{\"jsonrpc\":\"2.0\",\"Method\":\"tools/call\",\"id\":1,\"result\":0}",
                "a member's name differs only in case from one of JSON-RPC's at byte 17");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"name\":1,\"Name\":2", "\"URI\":1,\"uri\":2", "\"requestID\":1,\"REQUESTID\":2"})
    void parametersThatDifferOnlyInCase_areRefused(String params) {
        String before = "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{";

        assertNoMessage(
                before + params + "}}",
                "two parameters' names differ only in case, the second at byte "
                        + (before.length() + params.indexOf(',') + 1));
    }

    @Test
    void firstFault_isTheOneThatIsTold() {
        assertNoMessage(
                "[{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":4},{\"a\":1,\"a\":2}]",
                "\"id\" is neither a string nor an integer at byte 23");
    }

    @Test
    void syntaxError_afterAnotherFault_isToldBefore() {
        assertNotJson("{\"a\":1,\"a\":2".getBytes(StandardCharsets.UTF_8), "it ends too early, at byte 12");
    }
}
