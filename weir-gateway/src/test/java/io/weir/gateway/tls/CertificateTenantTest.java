package io.weir.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CertificateTenantTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            CN=alice                      | alice
            CN=alice,OU=people,DC=corp    | alice
            CN=alice,CN=Users,DC=corp     | alice
            OU=people,cn=alice,CN=Users   | alice
            CN=not a tenant,CN=Users      |
            OU=people,DC=corp             |
            no name                       |
            """)
    void commonName_isTheMostSpecificOne(String subject, String tenant) {
        assertThat(CertificateTenant.commonName(subject)).isEqualTo(Optional.ofNullable(tenant));
    }
}
