package io.weir.gateway.auth;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.config.FileState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Why plain SHA-256: slow, salted hashes protect passwords, which can be guessed. A key is 256 random bits; whoever
 * has the file cannot find one by guessing, however fast the hash is, and each request costs one hash.
 *
 * Why a table: keys are found by the first eight bytes of their hash, then compared in constant time. What the time of
 * the first step tells is about a hash, of which an attacker can choose no byte without trying; that half of it is
 * known is of no use against the other half.
 */

/**
 * Which tenant an API key belongs to. Read from a file that holds hashes only, one key a line:
 *
 * <pre>{@code
 * # tenant:sha256:hash in hexadecimal
 * acme:sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
 * }</pre>
 *
 * A tenant may have several keys, as it needs while one replaces another. The file says nothing that lets anyone in,
 * but whoever writes to it makes tenants: one that everybody may write to is refused. Thread-safe.
 */
public final class ApiKeys {
    private static final Logger LOG = LoggerFactory.getLogger("weir.keys");
    private static final int RANDOM_BYTES = 32;
    private static final int MIN_LENGTH = 32;
    private static final int MAX_LENGTH = 512;
    /** What the keys begin with that {@code weir key} makes; no token does. */
    static final String PREFIX = "weir_";

    private static final Pattern KEY = Pattern.compile("[!-~]{" + MIN_LENGTH + "," + MAX_LENGTH + "}");
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final HashedKey NOBODY = new HashedKey("", new byte[32]);

    private final Path file;

    /** The keys that are accepted; written under this monitor. */
    private volatile Map<Long, List<HashedKey>> byPrefix;

    /** Their lines, as they are accepted, and as they were found last. */
    @GuardedBy("this")
    private Set<String> accepted;

    @GuardedBy("this")
    private Set<String> found;

    /** What became of the file when it was read last; written under this monitor. */
    private volatile FileState state = FileState.applied();

    ApiKeys(Path file, List<HashedKey> keys) {
        this.file = file;
        this.byPrefix = table(keys);
        this.accepted = lines(keys);
        this.found = accepted;
    }

    private static Map<Long, List<HashedKey>> table(List<HashedKey> keys) {
        Map<Long, List<HashedKey>> table = new HashMap<>();
        for (HashedKey key : keys) {
            table.computeIfAbsent(prefix(key.hash()), p -> new ArrayList<>(1)).add(key);
        }
        return table;
    }

    private static Set<String> lines(List<HashedKey> keys) {
        return keys.stream().map(key -> line(key.tenant(), key.hash())).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Reads a file of hashed keys.
     *
     * @throws InvalidApiKeysException if it is not as above; the message names file and line
     * @throws IOException if it cannot be read
     */
    public static ApiKeys load(Path file) throws IOException, InvalidApiKeysException {
        return new ApiKeys(file, KeyFile.read(file));
    }

    /**
     * Accepts the keys that are in the file now, and no others, and logs it; a file that cannot be used changes
     * nothing. Reads it: not for event loops.
     *
     * @param atOnce whether at once; else when they are found for the second time: a file may not be written to its end
     *     yet
     */
    public synchronized void follow(boolean atOnce) {
        try {
            List<HashedKey> keys = KeyFile.read(file);
            Set<String> now = lines(keys);
            boolean settled = atOnce || now.equals(found);
            found = now;
            if (settled && !now.equals(accepted)) {
                Set<String> before = accepted;
                long added = now.stream().filter(each -> !before.contains(each)).count();
                long removed =
                        before.stream().filter(each -> !now.contains(each)).count();
                accepted = now;
                byPrefix = table(keys);
                state = FileState.applied();
                LOG.info("API keys read again: {} added, {} removed, {} in all", added, removed, keys.size());
            } else if (settled && !state.isApplied()) {
                state = FileState.applied();
                LOG.info("API keys read again: {} holds the keys that are accepted", file);
            }
        } catch (IOException e) {
            reject(List.of(file + " cannot be read: " + why(e)));
        } catch (InvalidApiKeysException e) {
            reject(e.problems());
        }
    }

    @GuardedBy("this")
    private void reject(List<String> problems) {
        if (!problems.equals(state.problems())) {
            state = FileState.rejected(problems);
            LOG.error("API keys: {}; those before are accepted", String.join("; ", problems));
        }
    }

    /** Why a file cannot be read, which some exceptions say by their kind alone. */
    private static String why(IOException failure) {
        if (failure instanceof NoSuchFileException) {
            return "there is no such file";
        }
        return failure instanceof AccessDeniedException
                ? "this user may not read it"
                : String.valueOf(failure.getMessage());
    }

    /** The file. */
    public Path file() {
        return file;
    }

    /** What became of the file when it was read last. */
    public FileState fileState() {
        return state;
    }

    /** The tenant that a key belongs to; empty if it is unknown. Takes the same time wherever a wrong key differs. */
    public Optional<String> tenantOf(String presentedKey) {
        if (presentedKey.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        byte[] hash = hash(presentedKey);
        HashedKey found = NOBODY;
        for (HashedKey key : byPrefix.getOrDefault(prefix(hash), List.of(NOBODY))) {
            if (MessageDigest.isEqual(key.hash(), hash)) {
                found = key;
            }
        }
        return found == NOBODY ? Optional.empty() : Optional.of(found.tenant());
    }

    /** What the name of a tenant is, in words. */
    public static final String TENANT_RULE = KeyFile.TENANT_RULE;

    /** Whether a text can be the name of a tenant. */
    public static boolean isTenant(String name) {
        return KeyFile.isTenant(name);
    }

    /** Whether a tenant has a key. */
    public boolean hasTenant(String tenant) {
        return byPrefix.values().stream()
                .flatMap(List::stream)
                .anyMatch(key -> key.tenant().equals(tenant));
    }

    /** How many keys there are. */
    public int size() {
        return byPrefix.values().stream().mapToInt(List::size).sum();
    }

    /** How many tenants have a key. */
    public int tenants() {
        return (int) byPrefix.values().stream()
                .flatMap(List::stream)
                .map(HashedKey::tenant)
                .distinct()
                .count();
    }

    /** A new key of 256 random bits: {@value #PREFIX} and 43 letters, digits, {@code -} and {@code _}. */
    public static String generate() {
        byte[] bits = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(bits);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
    }

    /**
     * The line that a file needs to let a key in as a tenant.
     *
     * @param tenant letters, digits, {@code -}, {@code _} and {@code .}, 1 to 64 of them
     * @param key random, 32 to 512 visible ASCII characters, such as {@link #generate()} makes
     * @throws IllegalArgumentException if either is not so; the message does not repeat the key
     */
    public static String hashLine(String tenant, String key) {
        if (!KeyFile.isTenant(tenant)) {
            throw new IllegalArgumentException("A tenant's name is " + KeyFile.TENANT_RULE + ", not '" + tenant + "'");
        }
        if (!KEY.matcher(key).matches()) {
            throw new IllegalArgumentException("An API key is " + MIN_LENGTH + " to " + MAX_LENGTH
                    + " visible ASCII characters, and random: `weir key " + tenant + "` makes one");
        }
        return line(tenant, hash(key));
    }

    private static String line(String tenant, byte[] hash) {
        return tenant + ":" + KeyFile.ALGORITHM + ":" + HexFormat.of().formatHex(hash);
    }

    private static byte[] hash(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static long prefix(byte[] hash) {
        return ByteBuffer.wrap(hash).getLong();
    }
}
