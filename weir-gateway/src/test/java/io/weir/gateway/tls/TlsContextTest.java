package io.weir.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.ByteBufAllocator;
import io.weir.config.ServerTls;
import io.weir.config.UpstreamTls;
import io.weir.gateway.ops.LoggedLines;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsContextTest {
    @TempDir
    Path folder;

    private TestCa ca;

    @BeforeEach
    void begin() throws Exception {
        ca = new TestCa("test");
    }

    private ServerTls files(String name) {
        return new ServerTls(folder.resolve(name + ".pem"), TestCa.Issued.key(folder, name), Optional.empty());
    }

    private String problem(ServerTls tls) {
        return String.valueOf(
                catchThrowable(() -> TlsContext.ofServer("http", tls)).getMessage());
    }

    private static Instant inDays(int days) {
        return Instant.now().plus(Duration.ofDays(days));
    }

    @Test
    void ofServer_noFile_namesKeyAndFile() {
        assertThat(problem(files("none")))
                .isEqualTo("http.tls_certificate: " + folder.resolve("none.pem") + ": there is no such file");
    }

    @Test
    void ofServer_noPem_saysSo() throws Exception {
        ca.issue("a").write(folder, "a");
        Files.writeString(folder.resolve("a.pem"), "nothing");

        assertThat(problem(files("a"))).startsWith("http.tls_certificate: ").contains("has no certificate in PEM");
    }

    @Test
    void ofServer_otherKey_saysSo() throws Exception {
        ca.issue("a").write(folder, "a");
        ca.issue("b").write(folder, "b");

        assertThat(problem(new ServerTls(folder.resolve("a.pem"), TestCa.Issued.key(folder, "b"), Optional.empty())))
                .startsWith("http.tls_key: ")
                .contains("does not belong to the certificate in " + folder.resolve("a.pem"));
    }

    @Test
    void ofServer_chainInTheWrongOrder_saysSo() throws Exception {
        ca.issue("a").write(folder, "a");
        String leaf = Files.readString(folder.resolve("a.pem"));
        Files.writeString(folder.resolve("a.pem"), Files.readString(ca.write(folder, "ca")) + leaf);

        assertThat(problem(files("a"))).contains("it belongs to a later one of that file; put that first");
    }

    @Test
    void ofServer_expired_saysSince() throws Exception {
        ca.issue(inDays(-9), inDays(-1), "a").write(folder, "a");

        assertThat(problem(files("a"))).contains("the certificate of CN=a expired at ", "renew it");
    }

    @Test
    void ofServer_notYetValid_saysSo() throws Exception {
        ca.issue(inDays(1), inDays(9), "a").write(folder, "a");

        assertThat(problem(files("a"))).contains("is not valid before ", "check the clock");
    }

    @Test
    void ofUpstream_caThatIsNone_namesTheUpstreamsKey() throws Exception {
        Path file = Files.writeString(
                folder.resolve("ca.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        UpstreamTls tls = new UpstreamTls(Optional.of(file), Optional.empty(), Optional.empty(), Optional.empty());

        assertThat(catchThrowable(() -> TlsContext.ofUpstream("upstreams.a", tls)))
                .hasMessageStartingWith("upstreams.a.tls_ca: " + file + ": has a certificate that cannot be read");
    }

    @Test
    void follow_newFiles_areUsedAndOthersAreReportedOnce() throws Exception {
        ca.issue("a").write(folder, "a");
        TlsContext context = TlsContext.ofServer("http", files("a"));
        Object first =
                context.handler(ByteBufAllocator.DEFAULT).engine().getSession().getSessionContext();
        try (LoggedLines log = new LoggedLines("weir.tls")) {
            context.follow(Instant.now());
            assertThat(log.lines()).isEmpty();

            // A certificate without its key, which a renewal may leave for a moment.
            TestCa.Issued next = ca.issue("b");
            next.write(folder, "b");
            Files.copy(folder.resolve("b.pem"), folder.resolve("a.pem"), StandardCopyOption.REPLACE_EXISTING);
            context.follow(Instant.now());
            assertThat(log.lines()).isEmpty();

            for (int i = 0; i < 3; i++) {
                context.follow(Instant.now());
            }
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .startsWith("ERROR http.tls_key: ")
                    .endsWith("; new connections use what was read before");

            next.write(folder, "a");
            context.follow(Instant.now());
            context.follow(Instant.now());
            assertThat(log.lines()).hasSize(2);
            assertThat(log.lines().get(1))
                    .startsWith("INFO http: files of TLS have changed; new connections use them: CN=b, valid until ");
        }
        assertThat(context.handler(ByteBufAllocator.DEFAULT).engine().getSession())
                .isNotSameAs(first);
    }

    @Test
    void follow_endsWithinTwoWeeks_isWarnedOfOnceADay() throws Exception {
        ca.issue(inDays(-1), inDays(10), "a").write(folder, "a");
        TlsContext context = TlsContext.ofServer("http", files("a"));
        try (LoggedLines log = new LoggedLines("weir.tls")) {
            for (int hours = 0; hours < 30; hours++) {
                context.follow(Instant.now().plus(Duration.ofHours(hours)));
            }
            assertThat(log.lines())
                    .hasSize(2)
                    .allSatisfy(line -> assertThat(line)
                            .startsWith("WARN http.tls_certificate: ")
                            .contains("the certificate of CN=a expires at "));
        }
    }

    @Test
    void warning_validForLonger_isNone() throws Exception {
        ca.issue(inDays(-1), inDays(15), "a").write(folder, "a");

        assertThat(TlsContext.ofServer("http", files("a")).warning(Instant.now()))
                .isEmpty();
    }
}
