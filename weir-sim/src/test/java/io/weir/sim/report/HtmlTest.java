package io.weir.sim.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HtmlTest {
    @Test
    void text_ofMarkup_isEscaped() {
        assertThat(Html.text("</script> \"a\" & 'b'")).isEqualTo("&lt;/script&gt; &quot;a&quot; &amp; &#39;b&#39;");
    }

    @Test
    void text_ofWhatCannotBeSeen_isWrittenAsEscapes() {
        assertThat(Html.text("a\u0000\u0007\u001b\u009f\u202e\u2066\u200f\ufeff\n"))
                .isEqualTo("a\\u0000\\u0007\\u001b\\u009f\\u202e\\u2066\\u200f\\ufeff\\u000a");
        assertThat(Html.text("\ud800x\ufdd0\ud83f\udfff")).isEqualTo("\\ud800x\\ufdd0\\u{1ffff}");
    }

    @Test
    void text_ofOtherScripts_isKept() {
        String text = "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \ud83d\ude00 \u00e4";

        assertThat(Html.text(text)).isEqualTo(text);
    }

    @Test
    void lines_ofAScenario_keepTheirEnds() {
        assertThat(Html.lines("a:\r\n\tb: <\u0007>\n")).isEqualTo("a:\n\tb: &lt;\\u0007&gt;\n");
    }

    @Test
    void name_ofFourThousandCharacters_losesItsMiddle() {
        String name = "\ud83d\ude00".repeat(70) + "x".repeat(4006) + "\ud83d\ude00".repeat(20);

        assertThat(Html.name(name))
                .isEqualTo("\ud83d\ude00".repeat(70) + "\u2026" + "\ud83d\ude00".repeat(20) + " (4,096 characters)");
        assertThat(Html.name("x".repeat(100))).isEqualTo("x".repeat(100));
    }
}
