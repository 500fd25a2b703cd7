package io.weir.gateway.jsonrpc;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/**
 * Names of eight letters that Jackson's symbol table gives the same hash, whatever its seed: the table hashes a name by
 * its four-byte words, a first and a second, as {@code mix(first) + 33 * second}, before the seed has a part in it.
 */
final class CollidingNames {
    private static final int HASH = 0x12345678;
    private static final int INVERSE_OF_33 = 0x3e0f83e1;

    private CollidingNames() {}

    static Set<String> of(int count) {
        Random random = new Random(1);
        Set<String> names = new HashSet<>();
        while (names.size() < count) {
            byte[] name = new byte[8];
            for (int i = 0; i < 4; i++) {
                name[i] = (byte) ('!' + random.nextInt('~' - '!' + 1));
            }
            ByteBuffer words = ByteBuffer.wrap(name);
            words.putInt(4, (HASH - mix(words.getInt(0))) * INVERSE_OF_33);
            if (isPlain(name)) {
                names.add(new String(name, StandardCharsets.US_ASCII));
            }
        }
        return names;
    }

    private static int mix(int first) {
        int mixed = first + (first >>> 15);
        return mixed ^ (mixed >>> 9);
    }

    private static boolean isPlain(byte[] name) {
        for (byte c : name) {
            if (c <= ' ' || c == 127 || c == '"' || c == '\\') {
                return false;
            }
        }
        return true;
    }
}
