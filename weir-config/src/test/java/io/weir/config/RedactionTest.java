package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedactionTest {
    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:3001/mcp,http://127.0.0.1:3001/mcp",
        "https://a-host-name-of-more-than-24-characters.example.com/mcp,https://a-host-name-of-more-than-24-characters.example.com/mcp",
        "https://h/mcp?api_key=abc,https://h/mcp?api_key=***",
        "https://h/mcp?a=b&c=&d&e=f=g,https://h/mcp?a=***&c=***&***&e=***",
        "https://h?abc,https://h?***",
        "https://user:pw@h/mcp,https://***@h/mcp",
        "https://u:p@ss@h/mcp,https://***@h/mcp",
        "https://h/api/s/abcdefghijklmnopqrstuvwxyz/mcp,https://h/api/s/***/mcp",
        "https://h/abcdefghijklmnopqrstuvwxyz,https://h/***",
    })
    void of_url_hidesWhatMayBeASecret(String url, String shown) {
        assertThat(Redaction.of(url)).isEqualTo(shown);
    }
}
