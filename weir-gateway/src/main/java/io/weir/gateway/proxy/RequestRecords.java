package io.weir.gateway.proxy;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes the records of requests, for an access log, for traces, or both. Where there is neither, there is none of
 * these, and no record is made. Thread-safe.
 *
 * @param log is given each record once it has ended; it must not wait
 * @param tracer traces requests
 */
public record RequestRecords(@Nullable Consumer<RequestRecord> log, RequestRecord.@Nullable Tracer tracer) {

    /** The record of a request that came over HTTP just now. */
    public static @Nullable RequestRecord http(@Nullable RequestRecords records, String method, String address) {
        return records == null ? null : records.begin("http", method, address);
    }

    /** The record of a line that came over TCP just now. */
    public static @Nullable RequestRecord tcp(@Nullable RequestRecords records, String address) {
        return records == null ? null : records.begin("tcp", null, address);
    }

    private RequestRecord begin(String front, @Nullable String method, String address) {
        return new RequestRecord(front, method, address, log, tracer);
    }
}
