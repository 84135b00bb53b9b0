package io.duet.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClaimedUsernameTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            anna                          | anna
            Anna.Berg_2-x                 | anna.berg_2-x
            anna.berg@corp.example        | anna.berg
            Zoë Brontë                    | zoe-bronte
            Jürgen Weiß                   | jurgen-weiss
            Łukasz Øst                    | lukasz-ost
            CORP\\\\anna                  | corp-anna
            --anna--                      | anna
            аnnaliese                     | nnaliese
            ＡＮＮＡ                       | anna
            a b                           | a-b
            @anna:corp.example            | anna-corp.example
            anna/../root                  | anna-..-root
            """)
    void fits(String claim, String username) {
        assertThat(ClaimedUsername.normalised(claim)).contains(username);
        assertThat(Registration.storedUsername(username)).contains(username);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ab", "ab@corp.example", "李雷", "---", "\u0000\u0000\u0000", "💬💬💬💬"})
    void mayLeaveNothing(String claim) {
        assertThat(ClaimedUsername.normalised(claim)).isEmpty();
    }

    @Test
    void isCutToWhatFits() {
        assertThat(ClaimedUsername.normalised("x".repeat(10_000))).contains("x".repeat(50));
        assertThat(ClaimedUsername.candidates(Optional.of("x".repeat(50)), "https://issuer.example", "1"))
                .hasSize(4)
                .doesNotHaveDuplicates()
                .allSatisfy(
                        name -> assertThat(Registration.storedUsername(name)).contains(name));
    }

    @Test
    void isAlwaysTheSameForOneIdentityAndDiffersForAnother() {
        var anna = ClaimedUsername.candidates(Optional.of("anna"), "https://issuer.example", "1");
        assertThat(anna)
                .startsWith("anna")
                .isEqualTo(ClaimedUsername.candidates(Optional.of("anna"), "https://issuer.example", "1"));
        assertThat(anna.get(1)).matches("anna-[0-9a-f]{8}");
        assertThat(ClaimedUsername.candidates(Optional.of("anna"), "https://issuer.example", "2"))
                .doesNotContain(anna.get(1), anna.get(2), anna.get(3));
        assertThat(ClaimedUsername.candidates(Optional.of("anna"), "https://other.example", "1"))
                .doesNotContain(anna.get(1), anna.get(2), anna.get(3));
        assertThat(ClaimedUsername.candidates(Optional.empty(), "https://issuer.example", "1"))
                .hasSize(3)
                .allMatch(name -> name.startsWith("user-"));
    }

    @Test
    void aDigestTellsPartsApart() {
        assertThat(ClaimedUsername.digest("ab", "c")).hasSize(64).isNotEqualTo(ClaimedUsername.digest("a", "bc"));
    }
}
