package io.weir.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HistoryTest {
    private static final int ROWS = 3_600;

    private final History history = new History(ROWS);

    private void add(long time, Object... figures) {
        Map<String, Long> row = new LinkedHashMap<>();
        for (int i = 0; i < figures.length; i += 2) {
            row.put((String) figures[i], ((Integer) figures[i + 1]).longValue());
        }
        history.add(time, row);
    }

    @Test
    void json_ofRows_hasThemColumnByColumn_andNothingForWhatIsNotKnown() {
        add(1000, "offered", 3);
        add(2000, "offered", 0, "rejected.rate", 2);
        add(3000, "wait", -1, "rejected.rate", 5);

        assertThat(history.json(0))
                .isEqualTo("{\"time\":[1000,2000,3000],\"columns\":{\"offered\":[3,0,null],"
                        + "\"rejected.rate\":[null,2,5]},\"marks\":[]}\n");
    }

    @Test
    void json_since_hasLaterRowsAlone() {
        add(1000, "offered", 1);
        add(2000, "offered", 2);
        add(3000, "offered", 3);

        assertThat(history.json(1000)).startsWith("{\"time\":[2000,3000],\"columns\":{\"offered\":[2,3]}");
        assertThat(history.json(3000)).startsWith("{\"time\":[],\"columns\":{}");
    }

    @Test
    void add_ofMoreThanAnHour_forgetsTheOldest() {
        for (int second = 0; second < ROWS + 10; second++) {
            add(1000L * second, "offered", second, second % 2 == 0 ? "even" : "odd", 1);
        }

        String json = history.json(Long.MIN_VALUE);
        assertThat(json).startsWith("{\"time\":[10000,11000,");
        assertThat(json.replaceAll("],\"columns.*\\n", "").split(",", -1)).hasSize(ROWS);
        assertThat(json)
                .contains("\"offered\":[10,11,12,")
                .contains("\"even\":[1,null,1,")
                .contains("\"odd\":[null,1,");
    }

    @Test
    void add_ofMoreColumnsThanTheBound_leavesTheRestOut() {
        for (int column = 0; column < History.MAX_COLUMNS + 5; column++) {
            add(1000L + column, "c" + column + "c", column);
        }

        assertThat(history.json(0))
                .contains("\"c" + (History.MAX_COLUMNS - 1) + "c\":")
                .doesNotContain("\"c" + History.MAX_COLUMNS + "c\":");
    }

    @Test
    void add_afterTheClockWasSetBack_keepsTheOrder() {
        add(5000, "offered", 1);
        add(2000, "offered", 2);

        assertThat(history.json(0)).startsWith("{\"time\":[5000,5001],");
    }

    @Test
    void mark_ofMoreThanTheBound_forgetsTheOldest() {
        for (int i = 0; i < History.MAX_MARKS + 1; i++) {
            history.mark(i, "change " + i);
        }

        assertThat(history.marks()).hasSize(History.MAX_MARKS).startsWith(new History.Mark(1, "change 1"));
        assertThat(history.json(0)).contains("\"marks\":[{\"time\":1,\"text\":\"change 1\"},");
    }
}
