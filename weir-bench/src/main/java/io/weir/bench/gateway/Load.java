package io.weir.bench.gateway;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A {@link Call} after another over a few kept connections, each sent when the last was answered. Every run is checked
 * against the upstream's own count, so that a proxy which refuses or fails is noticed.
 */
final class Load {
    static final int CONNECTIONS = 8;
    private static final Pattern RESULT = Pattern.compile("RESULT (\\d+) (\\d+)");
    private static final Pattern HANDLED = Pattern.compile("\\s(\\d+) (\\d+) (\\d+) \\n");

    private final String wrk;
    private final Path script;
    private final int upstream;
    private final HttpClient http = HttpClient.newHttpClient();

    Load(BenchEnvironment workplace, String wrk, int upstream) throws IOException {
        this.wrk = wrk;
        this.upstream = upstream;
        this.script = workplace.write("load.lua", Map.of("request", Call.REQUEST));
    }

    /** Fails if the answer to one call is not the upstream's. */
    void check(ProxyUnderTest subject) throws IOException, InterruptedException {
        Call.check(http, subject.port);
    }

    /** Loads one proxy for some seconds, and returns the number of requests answered. */
    long run(ProxyUnderTest subject, int seconds) throws IOException, InterruptedException {
        long before = handled();
        Process process = new ProcessBuilder(List.of(
                        wrk,
                        "-t1",
                        "-c" + CONNECTIONS,
                        "-d" + seconds + "s",
                        "-s",
                        script.toString(),
                        "http://127.0.0.1:" + subject.port + "/mcp"))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Matcher result = RESULT.matcher(output);
        if (process.waitFor() != 0 || !result.find()) {
            throw new IOException("wrk failed: " + output);
        }
        long requests = Long.parseLong(result.group(1));
        if (Long.parseLong(result.group(2)) != 0) {
            throw new IOException(subject.name + " failed requests: " + output);
        }
        long reached = handled() - before;
        if (reached < requests) {
            throw new IOException(
                    "Of " + requests + " requests to " + subject.name + " only " + reached + " reached the upstream");
        }
        return requests;
    }

    private long handled() throws IOException, InterruptedException {
        String status = http.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + upstream + "/count"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
        Matcher counts = HANDLED.matcher(status);
        if (!counts.find()) {
            throw new IOException("The upstream's count is not readable: " + status);
        }
        return Long.parseLong(counts.group(3));
    }
}
