package io.weir.gateway.admin;

import java.util.regex.Pattern;

/** Errors of the operating system, as Netty puts them. */
public final class SystemErrors {
    private static final Pattern CALL = Pattern.compile("^\\w+\\(\\.\\.\\) failed with error\\(-?\\d+\\): ");

    private SystemErrors() {}

    /** The message without the name of the system call and the number of the error: {@code Address already in use}. */
    public static String withoutCall(String message) {
        return CALL.matcher(message).replaceFirst("");
    }
}
