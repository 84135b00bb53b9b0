package io.duet.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.duet.protocol.ErrorCode;
import io.duet.rest.ApiException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegistrationTest {

    private static final String EMAIL = "alice@example.org";
    private static final String PASSWORD = "correct horse battery";

    @ParameterizedTest
    @ValueSource(strings = {"abc", "a.b_c-1", "...", "12345678901234567890123456789012345678901234567890"})
    void takesUsernames(String username) {
        assertThat(Registration.of(username, EMAIL, PASSWORD).username()).isEqualTo(username);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ab",
                "123456789012345678901234567890123456789012345678901",
                "Alice",
                "al ice",
                " alice",
                "alice\n",
                "ali\u0000ce",
                "älice",
                "al%ice",
                "alice\u200b"
            })
    void refusesUsernames(String username) {
        assertRefused(username, EMAIL, PASSWORD, "username");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a@b", "Alice.O'Neil+duet@Mail.Example.ORG", "x@localhost", "1@2.3"})
    void takesEmailsInLowerCase(String email) {
        assertThat(Registration.of("alice", email, PASSWORD).email())
                .isEqualTo(email.toLowerCase(java.util.Locale.ROOT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "alice",
                "@example.org",
                "alice@",
                "alice@example..org",
                "alice@-example.org",
                "a b@example.org",
                "alice@exämple.org",
                "alice@example.org\n",
                "alice@example.org, bob@example.org",
                "<alice@example.org>",
                "ali\u0000ce@example.org"
            })
    void refusesEmails(String email) {
        assertRefused("alice", email, PASSWORD, "email");
    }

    @Test
    void refusesAnEmailBeyondTheLimitOfSmtp() {
        String domain = "x".repeat(60) + "." + "x".repeat(60) + "." + "x".repeat(60) + "." + "x".repeat(60);
        assertRefused("alice", "123456789012@" + domain, PASSWORD, "email");
        assertThat(Registration.of("alice", "1234567890@" + domain, PASSWORD).email())
                .hasSize(254);
    }

    @Test
    void countsPasswordsInCodePoints() {
        String emoji = Character.toString(0x1F511);
        assertRefused("alice", EMAIL, emoji.repeat(11), "password");
        assertThat(Registration.of("alice", EMAIL, emoji.repeat(12)).password()).isEqualTo(emoji.repeat(12));
        assertThat(Registration.of("alice", EMAIL, emoji.repeat(256)).password())
                .hasSize(512);
        assertRefused("alice", EMAIL, emoji.repeat(257), "password");
    }

    @Test
    void composedAndDecomposedLettersAreTheSamePassword() {
        assertThat(Registration.of("alice", EMAIL, "Gru\u0308ße aus Köln").password())
                .isEqualTo(
                        Registration.of("alice", EMAIL, "Grüße aus Ko\u0308ln").password());
    }

    @Test
    void printsNoPassword() {
        assertThat(Registration.of("alice", EMAIL, PASSWORD).toString()).doesNotContain("horse");
    }

    @Test
    void findsTheStoredFormOfATypedName() {
        assertThat(Registration.storedUsername("Alice.B")).contains("alice.b");
        assertThat(Arrays.asList("", "a", "alice\u0000", "al ice", "x".repeat(1_000_000)))
                .allSatisfy(
                        typed -> assertThat(Registration.storedUsername(typed)).isEmpty());
    }

    private static void assertRefused(String username, String email, String password, String field) {
        assertThatThrownBy(() -> Registration.of(username, email, password))
                .isInstanceOfSatisfying(ApiException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST);
                    assertThat(e).hasMessageStartingWith(field);
                });
    }
}
