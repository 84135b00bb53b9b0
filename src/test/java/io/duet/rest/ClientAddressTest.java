package io.duet.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.duet.config.DuetConfig.Proxy;
import io.duet.config.DuetConfig.ProxyHeader;
import io.duet.config.NetworkRange;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientAddressTest {

    private static final List<NetworkRange> TRUSTED =
            Stream.of("10.0.0.0/8", "fd00::/8").map(NetworkRange::parse).toList();

    private final ClientAddress forwardedFor = new ClientAddress(new Proxy(TRUSTED, ProxyHeader.X_FORWARDED_FOR));
    private final ClientAddress forwarded = new ClientAddress(new Proxy(TRUSTED, ProxyHeader.FORWARDED));

    @Test
    void whatAStrangerSaysIsNeverBelieved() {
        var nobody = new ClientAddress(new Proxy(List.of(), ProxyHeader.X_FORWARDED_FOR));
        for (ClientAddress address : List.of(nobody, forwardedFor, forwarded)) {
            assertThat(address.of(TestRequest.from(
                            "192.0.2.7", "X-Forwarded-For: 203.0.113.1", "Forwarded: for=203.0.113.1")))
                    .isEqualTo("192.0.2.7");
        }
        assertThat(nobody.of(TestRequest.from("10.0.0.1", "X-Forwarded-For: 203.0.113.1")))
                .isEqualTo("10.0.0.1");
        assertThat(forwardedFor.of(TestRequest.from("10.0.0.1", "Forwarded: for=203.0.113.1")))
                .as("the header that the proxy passes on unread")
                .isEqualTo("10.0.0.1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            203.0.113.1                           | 203.0.113.1
            203.0.113.1, 10.0.0.2                 | 203.0.113.1
            198.51.100.9, 203.0.113.1, 10.0.0.2   | 203.0.113.1
            10.1.1.1, 203.0.113.1                 | 203.0.113.1
            10.1.1.1, 10.0.0.2                    | 10.1.1.1
            203.0.113.1:4711                      | 203.0.113.1
            2001:db8::1                           | 2001:db8:0:0:0:0:0:1
            [2001:db8::1]:4711, fd00::2           | 2001:db8:0:0:0:0:0:1
            203.0.113.1, nonsense                 | 10.0.0.1
            203.0.113.1, nonsense, 10.0.0.2       | 10.0.0.2
            203.0.113.1,                          | 10.0.0.1
            ", 203.0.113.1                        | 203.0.113.1
            localhost                             | 10.0.0.1
            256.1.1.1                             | 10.0.0.1
            ::ffff:203.0.113.1                    | 203.0.113.1
            """)
    void takesTheRightmostAddressThatIsNoProxyOfOurs(String header, String client) {
        assertThat(forwardedFor.of(TestRequest.from("10.0.0.1", "X-Forwarded-For: " + header)))
                .isEqualTo(client);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            for=203.0.113.1                                  | 203.0.113.1
            For="203.0.113.1:4711";proto=https;by=10.0.0.1   | 203.0.113.1
            for=198.51.100.9, for=203.0.113.1, for=10.0.0.2  | 203.0.113.1
            proto=https; for="[2001:db8::1]"                 | 2001:db8:0:0:0:0:0:1
            for="x, for=203.0.113.1                          | 203.0.113.1
            for=203.0.113.1, for=unknown                     | 10.0.0.1
            for=203.0.113.1, for=_hidden                     | 10.0.0.1
            for=203.0.113.1, proto=https                     | 10.0.0.1
            """)
    void readsTheStandardHeaderTheSameWay(String header, String client) {
        assertThat(forwarded.of(TestRequest.from("10.0.0.1", "Forwarded: " + header)))
                .isEqualTo(client);
    }

    @Test
    void readsSeveralLinesOfAHeaderAsOne() {
        assertThat(forwardedFor.of(TestRequest.from(
                        "10.0.0.1",
                        "X-Forwarded-For: 198.51.100.9",
                        "x-forwarded-for: 203.0.113.1",
                        "X-Forwarded-For: 10.0.0.3")))
                .isEqualTo("203.0.113.1");
        assertThat(forwardedFor.of(TestRequest.from("10.0.0.1"))).isEqualTo("10.0.0.1");
    }

    @Test
    void losesPatienceWithAnEndlessListOfProxies() {
        String many = "203.0.113.1" + ", 10.0.0.2".repeat(10_000);
        assertThat(forwardedFor.of(TestRequest.from("10.0.0.1", "X-Forwarded-For: " + many)))
                .isEqualTo("10.0.0.2");
    }

    @Test
    void knowsAddressesInAnyForm() {
        assertThat(forwardedFor.of(TestRequest.from("fd00:0:0::7%eth0", "X-Forwarded-For: 203.0.113.1")))
                .isEqualTo("203.0.113.1");
        assertThat(forwardedFor.of(TestRequest.from("::ffff:10.0.0.1", "X-Forwarded-For: 203.0.113.1")))
                .isEqualTo("203.0.113.1");
        assertThat(forwardedFor.of(TestRequest.from("a unix socket", "X-Forwarded-For: 203.0.113.1")))
                .isEqualTo("a unix socket");
    }
}
