package io.weir.gateway.auth;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The lines of a file of hashed keys. */
final class KeyFile {
    static final String ALGORITHM = "sha256";
    static final String TENANT_RULE = "1 to 64 letters, digits, '-', '_' and '.'";
    private static final String TENANT_CHARACTERS = "[A-Za-z0-9_.-]{1,64}";
    private static final Pattern TENANT = Pattern.compile(TENANT_CHARACTERS);
    private static final Pattern LINE = Pattern.compile("([^:]*):([^:]*):([^:]*)");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
    private static final long MAX_BYTES = 64L * 1024 * 1024;

    private final Path file;
    private final List<HashedKey> keys = new ArrayList<>();
    private final Map<String, Integer> lineOfHash = new HashMap<>();
    private final List<String> problems = new ArrayList<>();

    private KeyFile(Path file) {
        this.file = file;
    }

    static List<HashedKey> read(Path file) throws IOException, InvalidApiKeysException {
        return new KeyFile(file).read();
    }

    static boolean isTenant(String name) {
        return TENANT.matcher(name).matches();
    }

    private List<HashedKey> read() throws IOException, InvalidApiKeysException {
        requireTrustworthy();
        int number = 0;
        for (String line : lines()) {
            number++;
            String content = line.strip();
            if (!content.isEmpty() && !content.startsWith("#")) {
                add(number, content);
            }
        }
        if (!problems.isEmpty()) {
            throw new InvalidApiKeysException(problems);
        }
        if (keys.isEmpty()) {
            throw new InvalidApiKeysException(
                    file + ": there is no key in it, so nobody would be served; add a line that"
                            + " `weir key TENANT` prints, or do without a file of keys");
        }
        return keys;
    }

    private void requireTrustworthy() throws IOException, InvalidApiKeysException {
        if (Files.size(file) > MAX_BYTES) {
            throw new InvalidApiKeysException(file + ": larger than " + MAX_BYTES + " bytes, so hardly a file of keys");
        }
        if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                && Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new InvalidApiKeysException(
                    file + ": everybody may write to it, and so make tenants; run: chmod o-w " + file);
        }
    }

    private List<String> lines() throws IOException, InvalidApiKeysException {
        try {
            return Files.readAllLines(file);
        } catch (CharacterCodingException e) {
            throw new InvalidApiKeysException(file + ": not valid UTF-8");
        }
    }

    private void add(int number, String content) {
        Matcher line = LINE.matcher(content);
        if (!line.matches()) {
            wrong(number, "not of the form tenant:" + ALGORITHM + ":hash; `weir key TENANT` prints such a line");
        } else if (!isTenant(line.group(1))) {
            wrong(number, "a tenant's name is " + TENANT_RULE);
        } else if (!line.group(2).equals(ALGORITHM)) {
            wrong(number, "the hash must be " + ALGORITHM + ", the one that is known here");
        } else if (!HASH.matcher(line.group(3)).matches()) {
            wrong(number, "a " + ALGORITHM + " hash is 64 hexadecimal digits in lower case");
        } else {
            Integer before = lineOfHash.putIfAbsent(line.group(3), number);
            if (before != null) {
                wrong(number, "the same key as in line " + before + "; remove one of the lines");
            }
            keys.add(new HashedKey(line.group(1), HexFormat.of().parseHex(line.group(3))));
        }
    }

    private void wrong(int line, String what) {
        problems.add(file + ":" + line + ": " + what);
    }
}
