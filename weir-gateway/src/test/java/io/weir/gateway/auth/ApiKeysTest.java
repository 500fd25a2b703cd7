package io.weir.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeysTest {
    private static final String HASH = "0123456789abcdef".repeat(4);

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void chooseFile() {
        file = directory.resolve("keys");
    }

    private ApiKeys load(String... lines) throws IOException, InvalidApiKeysException {
        Files.write(file, List.of(lines));
        return ApiKeys.load(file);
    }

    @Test
    void fileWithoutAKey_isRefused() {
        String message = ": there is no key in it, so nobody would be served; add a line that `weir key TENANT` prints,"
                + " or do without a file of keys";
        assertInvalid(message);
        assertInvalid(message, "# acme:sha256:" + HASH, "");
    }

    private void assertInvalid(String message, String... lines) {
        assertThatExceptionOfType(InvalidApiKeysException.class)
                .isThrownBy(() -> load(lines))
                .withMessage(file + message);
    }

    @Test
    void generatedKeys_findTheirTenants() throws IOException, InvalidApiKeysException {
        String first = ApiKeys.generate();
        String second = ApiKeys.generate();
        String rotated = ApiKeys.generate();

        ApiKeys keys = load(
                "# who may call",
                "",
                ApiKeys.hashLine("acme", first),
                "  " + ApiKeys.hashLine("Globex_2.eu-west", second) + "  ",
                ApiKeys.hashLine("acme", rotated));

        assertThat(keys.tenantOf(first)).contains("acme");
        assertThat(keys.tenantOf(rotated)).contains("acme");
        assertThat(keys.tenantOf(second)).contains("Globex_2.eu-west");
        assertThat(keys.tenantOf(ApiKeys.generate())).isEmpty();
    }

    @Test
    void generatedKeys_are256BitsAndDifferent() {
        assertThat(ApiKeys.generate()).matches("weir_[A-Za-z0-9_-]{43}").isNotEqualTo(ApiKeys.generate());
    }

    @Test
    void keyThatDiffersInOneCharacter_isUnknown() throws IOException, InvalidApiKeysException {
        String key = "k".repeat(40);
        ApiKeys keys = load(ApiKeys.hashLine("acme", key));

        assertThat(keys.tenantOf(key)).contains("acme");
        for (String wrong : List.of("", "k".repeat(39), "k".repeat(41), "k".repeat(39) + "K", " " + key, key + "\n")) {
            assertThat(keys.tenantOf(wrong)).as(wrong).isEmpty();
        }
    }

    @Test
    void keysWhoseHashesBeginAlike_areToldApart() {
        String key = "k".repeat(40);
        String line = ApiKeys.hashLine("b", key);
        byte[] hash = HexFormat.of().parseHex(line.substring(line.lastIndexOf(':') + 1));
        List<HashedKey> alike = new ArrayList<>();
        for (int i = 8; i < 32; i++) {
            byte[] other = hash.clone();
            other[i] ^= 1;
            alike.add(new HashedKey("a", other));
        }

        assertThat(new ApiKeys(Path.of("keys"), alike).tenantOf(key)).isEmpty();
        alike.add(12, new HashedKey("b", hash));
        assertThat(new ApiKeys(Path.of("keys"), alike).tenantOf(key)).contains("b");
    }

    @Test
    void overlongKey_isUnknown() throws IOException, InvalidApiKeysException {
        assertThat(load(ApiKeys.hashLine("acme", "k".repeat(512))).tenantOf("k".repeat(512)))
                .contains("acme");
        assertThat(load(ApiKeys.hashLine("acme", ApiKeys.generate())).tenantOf("k".repeat(1_000_000)))
                .isEmpty();
    }

    @Test
    void hashLine_isTenantAlgorithmAndHash() {
        assertThat(ApiKeys.hashLine("acme", "0123456789abcdef0123456789abcdef"))
                .isEqualTo("acme:sha256:3eb1bd439947eb762998e566ccc2e099c791118b2f40579cc4f7da2b5061b7f9");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "password", "1234567890123456789012345678901", "with a space in its thirty-two characters"})
    void hashLine_ofAWeakKey_isRefusedWithoutRepeatingIt(String key) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ApiKeys.hashLine("acme", key))
                .withMessage("An API key is 32 to 512 visible ASCII characters, and random: `weir key acme` makes one");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a b",
                "a:b",
                "ä",
                "a/b",
                "#a",
                "12345678901234567890123456789012345678901234567890123456789012345"
            })
    void tenant_ofOtherCharacters_isRefused(String tenant) {
        String rule = "1 to 64 letters, digits, '-', '_' and '.'";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ApiKeys.hashLine(tenant, "k".repeat(40)))
                .withMessage("A tenant's name is " + rule + ", not '" + tenant + "'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            acme                    | not of the form tenant:sha256:hash; `weir key TENANT` prints such a line
            acme:sha256             | not of the form tenant:sha256:hash; `weir key TENANT` prints such a line
            a:sha256:HASH:more      | not of the form tenant:sha256:hash; `weir key TENANT` prints such a line
            a b:sha256:HASH         | a tenant's name is 1 to 64 letters, digits, '-', '_' and '.'
            :sha256:HASH            | a tenant's name is 1 to 64 letters, digits, '-', '_' and '.'
            acme:md5:HASH           | the hash must be sha256, the one that is known here
            acme:sha256:            | a sha256 hash is 64 hexadecimal digits in lower case
            acme:sha256:HASH00      | a sha256 hash is 64 hexadecimal digits in lower case
            acme:sha256:xHASH       | a sha256 hash is 64 hexadecimal digits in lower case
            """)
    void wrongLine_isNamed(String line, String what) {
        assertInvalid(":3: " + what, "# comment", "", line.replace("HASH", HASH));
    }

    @Test
    void sameKeyTwice_isRefused() {
        assertInvalid(
                ":3: the same key as in line 1; remove one of the lines", "a:sha256:" + HASH, "#", "b:sha256:" + HASH);
    }

    @Test
    void fileThatEverybodyMayWrite_isRefused() throws IOException {
        Files.createFile(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));

        assertThatExceptionOfType(InvalidApiKeysException.class)
                .isThrownBy(() -> ApiKeys.load(file))
                .withMessage(file + ": everybody may write to it, and so make tenants; run: chmod o-w " + file);
    }

    @Test
    void fileThatIsNoText_isRefused() throws IOException {
        Files.write(file, new byte[] {(byte) 0xff});

        assertThatExceptionOfType(InvalidApiKeysException.class)
                .isThrownBy(() -> ApiKeys.load(file))
                .withMessage(file + ": not valid UTF-8");
    }

    @Test
    void fileThatIsNotThere_isAnIoError() {
        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> ApiKeys.load(file));
    }
}
