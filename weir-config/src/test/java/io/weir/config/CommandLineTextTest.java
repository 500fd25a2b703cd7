package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandLineTextTest {
    private static String describe(List<String> command) {
        return new StdioTransport(command, Map.of("A", "s3cret"), Optional.empty(), ChildPolicy.DEFAULT).describe();
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', textBlock = """
            npx|-y|@modelcontextprotocol/server-everything|stdio => npx -y @modelcontextprotocol/server-everything stdio
            server|a b||it's => server 'a b' '' 'it's'
            server|--api-key|s3cret|next => server --api-key *** next
            server|--api-key=s3cret|next => server --api-key=*** next
            server|--ACCESS_TOKEN|-s3cret => server --ACCESS_TOKEN ***
            server|-password|s3 cret => server -password ***
            server|--client-secret-value|s3cret => server --client-secret-value ***
            docker|run|-e|API_KEY=s3cret|image => docker run -e API_KEY=*** image
            npx|mcp-remote|https://h/mcp|--header|Authorization: Bearer s3cret => npx mcp-remote https://h/mcp --header ***
            curl|-H|X: s3cret => curl -H ***
            server|Authorization: Bearer s3cret => server 'Authorization: ***'
            server|postgresql://user:s3cret@h/db => server postgresql://***@h/db
            server|--db=https://h/?k=s3cret => server --db=https://h/?k=***
            server|--port|80|key => server --port 80 key
            """)
    void describe_hidesWhatMayBeASecret(String command, String shown) {
        assertThat(describe(Arrays.asList(command.split("\\|", -1)))).isEqualTo(shown);
    }

    @Test
    void describe_aLongCommand_isCut() {
        String shown = describe(List.of("server", "x".repeat(200)));

        assertThat(shown).hasSize(85).startsWith("server xxx").endsWith("x…");
        assertThat(describe(List.of("x".repeat(85)))).isEqualTo("x".repeat(85));
    }

    @Test
    void describe_controlCharacters_areEscaped() {
        assertThat(describe(List.of("server", "\u001b[2J"))).isEqualTo("server \\u001b[2J");
    }
}
