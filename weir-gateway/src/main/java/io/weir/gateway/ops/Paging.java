package io.weir.gateway.ops;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;

/**
 * Which part of a list is asked for.
 *
 * @param offset how many to leave out
 * @param limit how many at most
 */
record Paging(int offset, int limit) {
    static final String LIMIT = "limit";
    static final String OFFSET = "offset";
    private static final int MAX_LIMIT = 1000;
    private static final int MAX_OFFSET = 1_000_000;
    private static final int DEFAULT_LIMIT = 50;

    static Paging of(AdminRequest.Query query) throws AdminRequest.BadQueryException {
        return new Paging(query.number(OFFSET, 0, 0, MAX_OFFSET), query.number(LIMIT, DEFAULT_LIMIT, 1, MAX_LIMIT));
    }

    <T> List<T> of(List<T> all) {
        return all.stream().skip(offset).limit(limit).toList();
    }

    /** @param total how many there are to choose from */
    void write(JsonGenerator json, int total) throws IOException {
        json.writeNumberField("total", total);
        json.writeNumberField(OFFSET, offset);
        json.writeNumberField(LIMIT, limit);
    }
}
