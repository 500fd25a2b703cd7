package io.weir.gateway.ops;

import io.weir.config.AdminToken;
import io.weir.config.FileState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The token that changes at the operator's port require. It is in a file, and never in a log. Thread-safe. */
public final class TokenFile {
    private static final Logger LOG = LoggerFactory.getLogger("weir.admin");
    private static final int RANDOM_BYTES = 32;
    private static final int MAX_BYTES = 4_096;
    private static final String PREFIX = "weir_admin_";
    private static final Pattern TOKEN = Pattern.compile("[!-~]{32,512}");
    private static final Pattern BEARER = Pattern.compile("(?i:Bearer) +([!-~]+)");
    private static final Set<PosixFilePermission> TOO_OPEN =
            Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE);

    private final Path file;
    private volatile byte[] hash;

    /** What became of the file when it was read last; written under this monitor. */
    private volatile FileState state = FileState.applied();

    private TokenFile(Path file, String token) {
        this.file = file;
        this.hash = hash(token);
    }

    /**
     * Reads the token, or makes one.
     *
     * @throws IOException if that cannot be done, or others than the owner may read or change the file; the message
     *     says what to do
     */
    public static TokenFile open(AdminToken config) throws IOException {
        Path file = config.file();
        try {
            if (!Files.exists(file)) {
                create(file);
            }
            return new TokenFile(file, read(file));
        } catch (AccessDeniedException e) {
            throw new IOException(
                    "the admin token " + file + ": this user may not read or create it; name another file with"
                            + " admin.token_file",
                    e);
        } catch (NoSuchFileException e) {
            throw new IOException(
                    "the admin token " + file + ": there is no such directory; name another file with"
                            + " admin.token_file",
                    e);
        }
    }

    /** Where it is. */
    public Path file() {
        return file;
    }

    private static boolean isPosix() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    }

    private static FileAttribute<?>[] permissions(String text) {
        return isPosix()
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text))}
                : new FileAttribute<?>[0];
    }

    private static void create(Path file) throws IOException {
        Path directory = Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file is in a directory");
        Files.createDirectories(directory, permissions("rwx------"));
        byte[] bits = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(bits);
        String token = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bits) + "\n";
        // Written whole before it has its name. Of two gateways that start at once, one follows the file of the other.
        Path whole = Files.createTempFile(directory, ".admin-token.", ".new", permissions("rw-------"));
        try {
            Files.writeString(whole, token);
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(whole);
        }
        LOG.info("admin token created: {}", file);
    }

    private static String read(Path file) throws IOException {
        if (Files.isDirectory(file) || Files.size(file) > MAX_BYTES) {
            throw new IOException("the admin token " + file + ": is no file of one line; name another one with"
                    + " admin.token_file, or remove it: then one is made");
        }
        if (isPosix() && Files.getPosixFilePermissions(file).stream().anyMatch(TOO_OPEN::contains)) {
            throw new IOException("the admin token " + file
                    + ": others than its owner may read or change it; run: chmod 600 " + file);
        }
        String token = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
        if (!TOKEN.matcher(token).matches()) {
            throw new IOException("the admin token " + file
                    + ": must be 32 to 512 visible ASCII characters on one line; remove the file, and one is made");
        }
        return token;
    }

    /** Requires another token if the file holds one. Reads it: not for event loops. */
    public synchronized void follow() {
        try {
            byte[] now = hash(read(file));
            if (!MessageDigest.isEqual(now, hash)) {
                hash = now;
                state = FileState.applied();
                LOG.info("admin token read again: {}", file);
            } else if (!state.isApplied()) {
                state = FileState.applied();
                LOG.info("admin token read again: {} holds the token that is required", file);
            }
        } catch (IOException e) {
            List<String> found = List.of(why(e));
            if (!found.equals(state.problems())) {
                state = FileState.rejected(found);
                LOG.error("{}; the token before it is required", found.get(0));
            }
        }
    }

    /** What is wrong with the file, which some exceptions say by their kind alone. */
    private String why(IOException failure) {
        if (failure instanceof NoSuchFileException) {
            return "the admin token " + file + ": there is no such file";
        }
        return failure instanceof AccessDeniedException
                ? "the admin token " + file + ": this user may not read it"
                : String.valueOf(failure.getMessage());
    }

    /** What became of the file when it was read last. */
    public FileState fileState() {
        return state;
    }

    /**
     * Whether that value of an {@code Authorization} header has the token. Takes the same time wherever a wrong one
     * differs.
     */
    boolean accepts(@Nullable String authorization) {
        if (authorization == null || authorization.length() > MAX_BYTES) {
            return false;
        }
        Matcher bearer = BEARER.matcher(authorization);
        return bearer.matches() && MessageDigest.isEqual(hash(bearer.group(1)), hash);
    }

    private static byte[] hash(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
