package io.weir.gateway.line;

import java.io.IOException;

/** A child process, or a connection to a server over TCP, cannot be used, and why. */
public final class LineServerException extends IOException {
    private static final long serialVersionUID = 1;

    private final Problem problem;
    private final boolean ofOneSession;

    /** What is wrong, in words that follow the name of the upstream. */
    public enum Problem {
        START("could not be started"),
        CONNECT("could not be connected to"),
        START_TIMEOUT("did not answer initialize in time after its start"),
        CLOSED("closed the connection before its response was complete"),
        EXITED("exited before its response was complete"),
        INPUT("does not read its input"),
        HUNG("stopped answering"),
        OUTPUT("ended its output before its response was complete"),
        NEITHER("sent a response with neither a result nor an error"),
        BOTH("sent a response with both a result and an error"),
        LINE("wrote a line that is longer than allowed"),
        MEMORY("wrote a long line for which no memory was left"),
        UNREAD("did not read a long message that nobody waits for any more, and no memory was left for it"),
        STOPPED("was stopped before its response was complete"),
        NONE_FREE("has no free child process"),
        NO_CONNECTION("has no free connection"),
        BACK_OFF("has failed, and is started again after a pause"),
        SLOW_CLIENT("sent more than its client read");

        private final String words;

        Problem(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }
    }

    /** @param message the details, for the operator */
    public LineServerException(Problem problem, String message) {
        this(problem, message, false);
    }

    /**
     * What is wrong, where something else was the cause.
     *
     * @param cause tells clients and the operator more than the problem
     */
    public LineServerException(Problem problem, Throwable cause) {
        this(problem, String.valueOf(cause.getMessage()), false);
        initCause(cause);
    }

    private LineServerException(Problem problem, String message, boolean ofOneSession) {
        super(message);
        this.problem = problem;
        this.ofOneSession = ofOneSession;
    }

    /** The same, of a child that serves one session alone. */
    public LineServerException ofOneSession() {
        LineServerException made = new LineServerException(problem, String.valueOf(getMessage()), true);
        made.initCause(getCause());
        return made;
    }

    public Problem problem() {
        return problem;
    }

    /**
     * Whether it says something about the server for all sessions, and not about its clients, or about one session's
     * child.
     */
    public boolean isEvidence() {
        return switch (problem) {
            case NONE_FREE, NO_CONNECTION, SLOW_CLIENT, MEMORY, UNREAD, STOPPED -> false;
            case EXITED, INPUT, HUNG, OUTPUT, LINE -> !ofOneSession;
            case START, START_TIMEOUT, BACK_OFF, CONNECT, CLOSED, NEITHER, BOTH -> true;
        };
    }

    /** Whether there are as many processes or connections as there may be. */
    public boolean isNoneFree() {
        return problem == Problem.NONE_FREE || problem == Problem.NO_CONNECTION;
    }

    /** Whether there is no room for the request now, and may be later. */
    public boolean isBusy() {
        return isNoneFree() || problem == Problem.SLOW_CLIENT || problem == Problem.MEMORY;
    }
}
