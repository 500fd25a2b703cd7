package example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** DirectReservations docs/embedding.md to a program that compiles, and to what it prints. */
class EmbeddingPageTest {
    private static String block(String language) throws IOException {
        String page = Files.readString(Path.of("..", "docs", "embedding.md"));
        Matcher block = Pattern.compile("```" + language + "\n(.*?)```\n", Pattern.DOTALL)
                .matcher(page);
        assertThat(block.find()).as("a block of " + language).isTrue();
        return block.group(1);
    }

    @Test
    void program_isTheOneOfThePage() throws IOException {
        assertThat(block("java"))
                .isEqualTo(Files.readString(Path.of("src", "test", "java", "example", "Embedding.java")));
    }

    @Test
    void program_printsWhatThePageSays() throws IOException {
        PrintStream console = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            Embedding.main(new String[0]);
        } finally {
            System.setOut(console);
        }

        assertThat(printed.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n"))
                .isEqualTo(block("console"));
    }
}
