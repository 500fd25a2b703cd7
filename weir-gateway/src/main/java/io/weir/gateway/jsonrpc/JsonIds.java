package io.weir.gateway.jsonrpc;

/** Compares ids by what they say, not by how they are written. */
final class JsonIds {
    private static final int HEX = 16;
    private static final int HEX_DIGITS = 4;

    private JsonIds() {}

    /**
     * Whether two ids are the same: strings after their escapes, numbers as doubles, as servers in JavaScript hold and
     * return them.
     */
    static boolean same(String one, String other) {
        if (one.equals(other)) {
            return true;
        }
        if (one.isEmpty() || other.isEmpty() || (one.charAt(0) == '"') != (other.charAt(0) == '"')) {
            return false;
        }
        try {
            return one.charAt(0) == '"'
                    ? unescaped(one).equals(unescaped(other))
                    : Double.compare(Double.parseDouble(one), Double.parseDouble(other)) == 0;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static String unescaped(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i++);
            if (c != '\\' || i >= text.length()) {
                out.append(c);
                continue;
            }
            c = text.charAt(i++);
            if (c == 'u' && i + HEX_DIGITS <= text.length()) {
                out.append((char) Integer.parseInt(text, i, i + HEX_DIGITS, HEX));
                i += HEX_DIGITS;
            } else {
                out.append(
                        switch (c) {
                            case 'b' -> '\b';
                            case 'f' -> '\f';
                            case 'n' -> '\n';
                            case 'r' -> '\r';
                            case 't' -> '\t';
                            default -> c;
                        });
            }
        }
        return out.toString();
    }
}
