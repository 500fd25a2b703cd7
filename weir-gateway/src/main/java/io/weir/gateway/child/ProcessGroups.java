package io.weir.gateway.child;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/*
 * Java can end one process, not a group, and nothing once it was ended by SIGKILL itself. So a shell beside the gateway
 * does both: it reads commands from a pipe, and the end of that pipe tells it that the gateway is gone. It is in a
 * session of its own, so that what a terminal or an operator sends to the gateway's group does not reach it. A child is
 * known to it before the child's program runs.
 */

/**
 * The process groups of the children: each is ended as a whole, and all of them when the gateway ends, also by SIGKILL.
 * Starts one {@code sh} when it is first needed. Thread-safe.
 */
public final class ProcessGroups implements Closeable {
    private static final String SCRIPT = script();
    private static final long EXIT_SECONDS = 5;

    /** How to run a program in a session, and so in a process group, of its own: util-linux, or what macOS has. */
    private static final List<List<String>> NEW_SESSION = List.of(
            List.of("setsid"),
            List.of("perl", "-e", "use POSIX (); POSIX::setsid(); exec {$ARGV[0]} @ARGV or exit 127"));

    @GuardedBy("this")
    private final Map<Long, String> marks = new LinkedHashMap<>();

    @GuardedBy("this")
    private @Nullable Process shell;

    @GuardedBy("this")
    private @Nullable Writer commands;

    @GuardedBy("this")
    private @Nullable BufferedReader answers;

    private static String script() {
        try (InputStream in = ProcessGroups.class.getResourceAsStream("process-groups.sh")) {
            if (in == null) {
                throw new IllegalStateException("process-groups.sh is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The words before a program that start it in a group of its own, whose number is its process id.
     *
     * @throws IOException if this system has no program for that
     */
    static List<String> newSession() throws IOException {
        String path = System.getenv("PATH");
        for (List<String> words : NEW_SESSION) {
            for (String folder : (path == null ? "/usr/bin:/bin" : path).split(":", -1)) {
                if (new File(folder, words.get(0)).canExecute()) {
                    return words;
                }
            }
        }
        throw new IOException(
                "neither setsid (util-linux) nor perl is on the PATH: children cannot be started in a process group");
    }

    /**
     * Remembers a group, before its program runs.
     *
     * @param group its number
     * @param mark what its processes have in their environment as {@code WEIR_CHILD}, and no others
     */
    synchronized void add(long group, String mark) throws IOException {
        marks.put(group, mark);
        try {
            ask(group, mark);
        } catch (IOException e) {
            // The shell was ended by somebody.
            stop();
            askAll();
        }
    }

    /** Lets a new shell take over all groups. */
    @GuardedBy("this")
    private void askAll() throws IOException {
        for (Map.Entry<Long, String> each : List.copyOf(marks.entrySet())) {
            ask(each.getKey(), each.getValue());
        }
    }

    /**
     * A shell has ended: if that was not meant to be, another takes over, so that the groups end with this process all
     * the same.
     */
    private synchronized void ended(Process which) {
        if (shell == which) {
            stop();
            try {
                askAll();
            } catch (IOException e) {
                // The next command tries again.
                stop();
            }
        }
    }

    @GuardedBy("this")
    private void ask(long group, String mark) throws IOException {
        command('+', group, mark);
        if (!answer().equals(String.valueOf(group))) {
            throw new IOException("the shell that watches over children answers something else");
        }
    }

    @GuardedBy("this")
    private String answer() throws IOException {
        BufferedReader from = answers;
        String answer = from == null ? null : from.readLine();
        if (answer == null) {
            throw new IOException("the shell that watches over children has ended");
        }
        return answer;
    }

    /** Whether a process of the group is left, as far as that is known. */
    synchronized boolean isAlive(long group) {
        String mark = marks.get(group);
        if (mark == null) {
            return false;
        }
        try {
            command('?', group, mark);
            return answer().equals(String.valueOf(group));
        } catch (IOException e) {
            return true;
        }
    }

    /** Asks all processes of the group to end. */
    synchronized void terminate(long group) {
        tell('t', group);
    }

    /** Ends all processes of the group, and those that left it and still carry its mark; returns when that is done. */
    synchronized void kill(long group) {
        tell('k', group);
    }

    /** No process of the group is left. */
    synchronized void forget(long group) {
        tell('-', group);
        marks.remove(group);
    }

    @GuardedBy("this")
    private void tell(char command, long group) {
        String mark = marks.get(group);
        if (mark == null) {
            return;
        }
        try {
            tell(command, group, mark);
        } catch (IOException e) {
            stop();
            try {
                askAll();
                tell(command, group, mark);
            } catch (IOException again) {
                stop();
            }
        }
    }

    @GuardedBy("this")
    private void tell(char command, long group, String mark) throws IOException {
        command(command, group, mark);
        if (command == 'k') {
            var unused = answer();
        }
    }

    @GuardedBy("this")
    private void command(char command, long group, String mark) throws IOException {
        if (commands == null) {
            start();
        }
        Writer to = commands;
        if (to != null) {
            to.write(command + " " + group + " " + mark + "\n");
            to.flush();
        }
    }

    @GuardedBy("this")
    private void start() throws IOException {
        List<String> words = new ArrayList<>(newSession());
        words.addAll(List.of("sh", "-c", SCRIPT, "weir-children"));
        Process started = new ProcessBuilder(words)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        shell = started;
        commands = started.outputWriter(StandardCharsets.US_ASCII);
        answers = new BufferedReader(new InputStreamReader(started.getInputStream(), StandardCharsets.US_ASCII));
        var unused = started.onExit().thenAccept(this::ended);
    }

    @GuardedBy("this")
    private void stop() {
        if (shell != null) {
            shell.destroyForcibly();
        }
        shell = null;
        commands = null;
        answers = null;
    }

    /** Ends all groups that are left, and waits until that is done. */
    @Override
    public void close() {
        Process ending;
        synchronized (this) {
            ending = shell;
            Writer to = commands;
            shell = null;
            commands = null;
            answers = null;
            marks.clear();
            if (ending == null || to == null) {
                return;
            }
            try {
                to.close();
            } catch (IOException e) {
                // It has ended before.
            }
        }
        try {
            ending.waitFor(EXIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
