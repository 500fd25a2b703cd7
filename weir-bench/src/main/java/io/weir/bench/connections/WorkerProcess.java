package io.weir.bench.connections;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process that is told what to do, a line each, and answers with a line. */
final class WorkerProcess implements AutoCloseable {
    /** How answers of the processes begin; what else they write is their log. */
    static final String ANSWER = "> ";

    private final Process process;
    private final BufferedReader in;
    private final OutputStream out;

    WorkerProcess(String heap, Class<?> main, String... args) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        words.addAll(List.of(args));
        process = new ProcessBuilder(words)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        out = process.getOutputStream();
    }

    void tell(String command) throws IOException {
        out.write((command + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    String answer() throws IOException {
        String line = in.readLine();
        while (line != null && !line.startsWith(ANSWER)) {
            line = in.readLine();
        }
        if (line == null) {
            throw new IOException("a process has ended");
        }
        return line.substring(ANSWER.length());
    }

    /** Tells it something, and waits for the answer. */
    String ask(String command) throws IOException {
        tell(command);
        return answer();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
