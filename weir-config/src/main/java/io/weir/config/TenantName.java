package io.weir.config;

import java.util.regex.Pattern;

/**
 * What the name of a tenant can be. Those of API keys and certificates are narrower; a claim of a token can be any of
 * these, such as {@code auth0|5f7c8ec7} or an address of e-mail. It goes into a header, into logs and into metrics, so
 * it holds no blank and nothing beyond ASCII.
 */
public final class TenantName {
    /** What it is, in words. */
    public static final String RULE = "1 to 128 visible ASCII characters";

    private static final Pattern NAME = Pattern.compile("[!-~]{1,128}");

    private TenantName() {}

    /** Whether a text can be the name of a tenant. */
    public static boolean isValid(String text) {
        return NAME.matcher(text).matches();
    }
}
