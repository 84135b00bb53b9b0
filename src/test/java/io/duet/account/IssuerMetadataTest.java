package io.duet.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.text.ParseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IssuerMetadataTest {

    private static final String ISSUER = "https://login.example/realms/corp";

    @Test
    void isWhatTheDocumentSays() throws ParseException {
        IssuerMetadata metadata = IssuerMetadata.parse(ISSUER, """
                {"issuer": "https://login.example/realms/corp", "jwks_uri": "https://login.example/keys",
                 "token_endpoint": "https://tokens.example:8443/token", "revocation_endpoint": "https://login.example/revoke",
                 "end_session_endpoint": "http://127.0.0.1:8080/end", "claims_supported": ["sub"]}""");
        assertThat(metadata.keys()).hasToString("https://login.example/keys");
        assertThat(metadata.authorization()).isEmpty();
        assertThat(metadata.endSession()).isPresent();
        assertThat(metadata.origins())
                .containsExactlyInAnyOrder("https://tokens.example:8443", "https://login.example");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "nonsense",
                "{\"issuer\": \"https://login.example/realms/corp\"}",
                "{\"issuer\": \"https://login.example/realms/other\", \"jwks_uri\": \"https://login.example/keys\"}",
                "{\"issuer\": \"https://login.example/realms/corp/\", \"jwks_uri\": \"https://login.example/keys\"}",
                "{\"issuer\": \"https://login.example/realms/corp\", \"jwks_uri\": \"http://login.example/keys\"}",
                "{\"issuer\": \"https://login.example/realms/corp\", \"jwks_uri\": \"file:///etc/passwd\"}",
                "{\"issuer\": \"https://login.example/realms/corp\", \"jwks_uri\": \"https://x@login.example/keys\"}",
                "{\"issuer\": \"https://login.example/realms/corp\", \"jwks_uri\": 7}",
                "{\"issuer\": \"https://login.example/realms/corp\", \"jwks_uri\": \"https://login.example/keys\","
                        + " \"token_endpoint\": \"http://login.example/token\"}"
            })
    void isRefusedWhenItCannotBeTrusted(String document) {
        assertThatThrownBy(() -> IssuerMetadata.parse(ISSUER, document)).isInstanceOf(ParseException.class);
    }
}
