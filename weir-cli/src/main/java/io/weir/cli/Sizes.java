package io.weir.cli;

import java.util.Locale;

/** Numbers of bytes as people read them. */
final class Sizes {
    private static final double KIB = 1024;
    private static final double MIB = 1024 * KIB;
    private static final double GIB = 1024 * MIB;

    private Sizes() {}

    /** In KiB, MiB or GiB, with one decimal place unless it is 0; in bytes below 1 KiB. */
    static String text(long bytes) {
        if (bytes < KIB) {
            return bytes + (bytes == 1 ? " byte" : " bytes");
        }
        return bytes >= GIB
                ? rounded(bytes / GIB) + " GiB"
                : bytes >= MIB ? rounded(bytes / MIB) + " MiB" : rounded(bytes / KIB) + " KiB";
    }

    private static String rounded(double value) {
        String text = String.format(Locale.ROOT, "%.1f", value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
}
