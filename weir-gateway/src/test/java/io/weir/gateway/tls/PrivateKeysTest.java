package io.weir.gateway.tls;

import static io.weir.gateway.tls.TestCa.element;
import static io.weir.gateway.tls.TestCa.join;
import static io.weir.gateway.tls.TestCa.pem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrivateKeysTest {
    /** What PKCS#8 holds inside: of an RSA key of 2,048 bits, behind 26 bytes. */
    private static final int RSA_AT = 26;

    private static PrivateKey rsa() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        return generator.generateKeyPair().getPrivate();
    }

    private static ECPrivateKey ec(String curve) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));
        return (ECPrivateKey) generator.generateKeyPair().getPrivate();
    }

    @Test
    void read_rsaInBothForms_isTheKey() throws Exception {
        PrivateKey key = rsa();
        byte[] pkcs8 = key.getEncoded();
        byte[] pkcs1 = Arrays.copyOfRange(pkcs8, RSA_AT, pkcs8.length);

        assertThat(PrivateKeys.read(pem("PRIVATE KEY", pkcs8))).isEqualTo(key);
        assertThat(PrivateKeys.read(pem("RSA PRIVATE KEY", pkcs1))).isEqualTo(key);
    }

    @Test
    void read_ecBehindItsParameters_isTheKey() throws Exception {
        ECPrivateKey key = ec("secp384r1");
        byte[] curve = {6, 5, 0x2b, (byte) 0x81, 4, 0, 0x22};
        byte[] number = key.getS().toByteArray();
        byte[] secret = new byte[48];
        int length = Math.min(48, number.length);
        System.arraycopy(number, number.length - length, secret, 48 - length, length);
        byte[] sec1 = element(0x30, join(element(2, new byte[] {1}), element(4, secret), element(0xa0, curve)));

        PrivateKey read = PrivateKeys.read(pem("EC PARAMETERS", curve) + pem("EC PRIVATE KEY", sec1));

        assertThat(((ECPrivateKey) read).getS()).isEqualTo(key.getS());
        assertThat(((ECPrivateKey) read).getParams().getOrder())
                .isEqualTo(key.getParams().getOrder());
    }

    @Test
    void read_edDsa_isTheKey() throws Exception {
        PrivateKey key =
                KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate();

        assertThat(PrivateKeys.read(pem("PRIVATE KEY", key.getEncoded())).getAlgorithm())
                .isEqualTo("EdDSA");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----",
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\nMIIB\n-----END RSA PRIVATE KEY-----"
            })
    void read_encrypted_saysHowToWriteIt(String pem) {
        assertThatThrownBy(() -> PrivateKeys.read(pem))
                .hasMessageContaining("is encrypted")
                .hasMessageContaining("openssl pkey");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"})
    void read_damaged_saysSoWithoutWhatIsInIt(String kind) throws Exception {
        byte[] key = rsa().getEncoded();
        for (int length : new int[] {0, 1, 5, 40, key.length - 1}) {
            String pem = pem(kind, Arrays.copyOf(key, length));

            assertThatThrownBy(() -> PrivateKeys.read(pem))
                    .isInstanceOf(TlsException.class)
                    .hasMessageContaining("cannot be read")
                    .hasMessageNotContaining("MII");
        }
    }

    @Test
    void read_noKey_saysSo() {
        assertThatThrownBy(() -> PrivateKeys.read("-----BEGIN CERTIFICATE-----"))
                .hasMessageContaining("has no private key in PEM");
    }
}
