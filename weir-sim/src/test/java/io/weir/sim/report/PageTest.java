package io.weir.sim.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.weir.sim.engine.Bins;
import io.weir.sim.run.Result;
import io.weir.sim.run.Simulation;
import io.weir.sim.run.WeirPolicy;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PageTest {
    private static final String HOSTILE =
            "</script><script>alert(1)</script><img src=x onerror=alert(1)> \" onload=\"a\u202e\u0007 ' & @PLOTS@ $1 \\";

    private static Result play(Scenario scenario) {
        return Simulation.play(scenario, new WeirPolicy(scenario, null));
    }

    private static Result play(String text) throws Exception {
        return play(Scenarios.parse("test", text));
    }

    private static String html(Result result) {
        return ResultPage.of(result, "1.2.3").html();
    }

    @Test
    void html_ofAResult_loadsNothingAndSaysWhatHappened() {
        String html = html(play(Scenarios.named("queue_limit_exact_enforcement")));

        assertThat(html)
                .doesNotContainPattern("(src|href)=[\"'](?!data:)")
                .doesNotContain("@import")
                .doesNotContainPattern("url\\((?!data:)")
                .doesNotContainPattern("@[A-Z_]+@")
                .contains("<strong>50.00 %</strong>")
                .contains("most often: connection_messages, 50")
                .contains("one connection: 50 of 50 messages")
                .contains("never opened")
                .contains("Made by Weir 1.2.3.")
                .contains("Each point is a bin of ");
    }

    @Test
    void html_ofAScenario_hasItsWholeText() throws Exception {
        String text = "# <b>\nseed: 7\nduration: 1s\nclients: {a: {rate: 10/s}}\n";

        assertThat(html(play(text)))
                .contains("># &lt;b&gt;\nseed: 7\nduration: 1s\nclients: {a: {rate: 10/s}}\n</pre>")
                .contains("<bdi>seed</bdi></th><td><bdi>7</bdi>");
    }

    @Test
    void html_manyTenants_saysHowManyAreOthers() throws Exception {
        String html = html(play("duration: 2s\nclients: {a: {rate: 500/s, tenants: 20, connections: 20}}"));

        assertThat(html)
                .contains("The 7 tenants that offered most, of 20. The other 13 are one line")
                .contains("<bdi>13 others</bdi>")
                .contains("<bdi>13 others, the highest</bdi>")
                .contains("One operation, tools/call: its figures are those above.");
    }

    @Test
    void html_headings_areInOrder() throws Exception {
        String html = html(play("duration: 2s\nclients: {a: {rate: 50/s, tenants: 3, connections: 3}}"));
        List<Integer> levels = Pattern.compile("<h([1-6])[ >]")
                .matcher(html)
                .results()
                .map(match -> Integer.valueOf(match.group(1)))
                .toList();

        assertThat(levels).startsWith(1, 2).contains(3);
        for (int i = 1; i < levels.size(); i++) {
            assertThat(levels.get(i)).isLessThanOrEqualTo(levels.get(i - 1) + 1).isGreaterThan(1);
        }
    }

    @Test
    void html_style_movesNothing() throws Exception {
        assertThat(html(play("duration: 1s\nclients: {a: {rate: 50/s}}")))
                .doesNotContainPattern("(transition|animation)[-a-z]*:")
                .doesNotContain("scroll-behavior");
    }

    @Test
    void html_hostileNames_stayText() {
        Plot plot = Plot.of(HOSTILE, HOSTILE, HOSTILE, List.of(new Plot.Line(HOSTILE, List.of(1.0))));
        Table grid = new Table(List.of(HOSTILE), List.of(new Table.Row(HOSTILE, List.of(HOSTILE))));
        Page page = new Page(
                new Page.Heading("simulation", HOSTILE, HOSTILE, HOSTILE),
                List.of(HOSTILE),
                List.of(new Headline(HOSTILE, List.of(new Headline.Figure(HOSTILE, List.of(HOSTILE))))),
                List.of(HOSTILE),
                List.of(new Mark(0, HOSTILE, HOSTILE)),
                new Bins(1, 1),
                List.of(new PlotSection(HOSTILE, HOSTILE, List.of(plot))),
                grid,
                grid,
                HOSTILE);

        String html = page.html();

        assertThat(tags(html))
                .doesNotContain("img")
                .filteredOn("script"::equals)
                .hasSize(1);
        assertThat(html)
                .doesNotContain("<script>alert", "\" onload=\"", "\u202e", "\u0007")
                .contains("\\u202e", "@PLOTS@ $1 \\");
        assertThat(html.split("</script>", -1)).hasSize(2);
        assertThat(html.replaceAll("\"[^\"<>]*\"", "")).as("attributes").doesNotContainPattern("<[^<>]*\\son[a-z]+=");
    }

    @Test
    void html_hostileTenant_staysText() throws Exception {
        String html = html(play("""
                duration: 1s
                clients:
                  a: {rate: 50/s, tenant: "</script><script>alert(1)</script>\\u202E", operation: '"><img src=x>'}
                  b: {rate: 50/s, tenant: %s}
                """.formatted("x".repeat(4096))));

        assertThat(tags(html))
                .doesNotContain("img")
                .filteredOn("script"::equals)
                .hasSize(1);
        assertThat(html).contains("&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;\\u202e", "(4,096 characters)");
    }

    /** The names of the elements. */
    private static List<String> tags(String html) {
        return Pattern.compile("<([a-z0-9]+)")
                .matcher(html)
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    @Test
    void html_script_isTheOneThatThePolicyAllows() throws Exception {
        String html = html(play("duration: 1s\nclients: {a: {rate: 50/s}}"));
        MatchResult script = Pattern.compile("<script>(.*?)</script>", Pattern.DOTALL)
                .matcher(html)
                .results()
                .findFirst()
                .orElseThrow();
        byte[] digest = java.security.MessageDigest.getInstance("SHA-256")
                .digest(script.group(1).getBytes(java.nio.charset.StandardCharsets.UTF_8));

        assertThat(html)
                .contains("script-src 'sha256-" + java.util.Base64.getEncoder().encodeToString(digest) + "'")
                .contains("default-src 'none'");
    }

    @Test
    void text_ofAGrid_isAligned() {
        Table grid = new Table(
                List.of("a", "long name"),
                List.of(new Table.Row("x", List.of("1,000", "2")), new Table.Row("label", List.of("3", "4"))));

        assertThat(grid.text().lines())
                .containsExactly("           a  long name", "x      1,000          2", "label      3          4");
    }

    @Test
    void text_ofHostileNames_cannotDriveATerminal() {
        Table grid = new Table(List.of(""), List.of(new Table.Row("a\u001b[2J", List.of("b\u202e"))));

        assertThat(grid.text().strip()).isEqualTo("a\\u001b[2J  b\\u202e");
    }

    @Test
    void text_ofAResult_hasReasonsBelowTheirCount() throws Exception {
        Result result = play("""
                duration: 5s
                queue_limits: {max_messages: 5}
                upstream: {servers: 1, service_time: constant 50ms, circuit_breaker: false}
                clients:
                  a: {rate: 100/s, deadline: 200ms}
                faults: [{at: 2s, action: reset}, {at: 4s, action: close}]
                """);
        List<String> labels =
                ResultTable.of(result).rows().stream().map(Table.Row::label).toList();

        assertThat(labels).containsSequence("refused", "  reason closed", "  reason connection_messages");
        assertThat(labels).containsSequence("shed", "  reason wait");
        assertThat(labels).containsSequence("evicted", "  reason reset", "failed");
        assertThat(labels).as("its only reason has the same name").containsSequence("expired", "cancelled");
    }

    @Test
    void json_ofAResult_holdsTheFiguresAndTheSeries() throws Exception {
        Result result = play(Scenarios.named("queue_limit_exact_enforcement"));
        StringWriter out = new StringWriter();

        ResultJson.write(result, "abc", 152, out);

        assertThat(out.toString())
                .contains("\"decision_log_sha256\" : \"abc\"")
                .contains("\"connection_messages\" : 50")
                .contains("\"conserved\" : true")
                .contains("\"refused_by_reason\"");
        assertThat(numbers(out.toString(), "offered").stream()
                        .mapToLong(Long::longValue)
                        .sum())
                .as("of total, tenant and operation")
                .isEqualTo(300);
        assertThat(out.toString()).containsPattern("\"latency_p50\" : \\[[^\\]]*null");
    }

    /** The numbers of all arrays of that name. */
    private static List<Long> numbers(String text, String name) throws Exception {
        List<Long> numbers = new ArrayList<>();
        try (JsonParser json = new JsonFactory().createParser(text)) {
            while (json.nextToken() != null) {
                if (json.currentToken() == JsonToken.START_ARRAY && name.equals(json.currentName())) {
                    while (json.nextToken() != JsonToken.END_ARRAY) {
                        numbers.add(json.getLongValue());
                    }
                }
            }
        }
        return numbers;
    }
}
