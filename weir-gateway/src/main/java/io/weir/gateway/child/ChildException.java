package io.weir.gateway.child;

import java.io.IOException;

/** A child process cannot be used, and why. */
public final class ChildException extends IOException {
    private static final long serialVersionUID = 1;

    private final Problem problem;
    private final boolean ofOneSession;

    /** What is wrong, in words that follow the name of the upstream. */
    public enum Problem {
        START("could not be started"),
        START_TIMEOUT("did not answer initialize in time after its start"),
        EXITED("exited before its response was complete"),
        INPUT("does not read its input"),
        LINE("wrote a line that is longer than allowed"),
        MEMORY("wrote a long line for which no memory was left"),
        STOPPED("was stopped before its response was complete"),
        NONE_FREE("has no free child process"),
        BACK_OFF("has exited again and again, and is not started for a while"),
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
    public ChildException(Problem problem, String message) {
        this(problem, message, false);
    }

    private ChildException(Problem problem, String message, boolean ofOneSession) {
        super(message);
        this.problem = problem;
        this.ofOneSession = ofOneSession;
    }

    /** The same, of a child that serves one session alone. */
    public ChildException ofOneSession() {
        return new ChildException(problem, String.valueOf(getMessage()), true);
    }

    public Problem problem() {
        return problem;
    }

    /** Whether it says something about the server for all sessions, and not about its clients, or about one session's child. */
    public boolean isEvidence() {
        return switch (problem) {
            case NONE_FREE, SLOW_CLIENT, MEMORY, STOPPED -> false;
            case EXITED, INPUT, LINE -> !ofOneSession;
            case START, START_TIMEOUT, BACK_OFF -> true;
        };
    }

    /** Whether there is no room for the request now, and may be later. */
    public boolean isBusy() {
        return problem == Problem.NONE_FREE || problem == Problem.SLOW_CLIENT || problem == Problem.MEMORY;
    }
}
