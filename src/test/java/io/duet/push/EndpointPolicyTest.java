package io.duet.push;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.URI;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointPolicyTest {
    private final EndpointPolicy policy =
            new EndpointPolicy(Set.of("push.intranet.example", "10.1.2.3", "fd00::7"), false);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "127.9.9.9",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.1",
                "192.0.2.1",
                "192.168.1.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.1",
                "203.0.113.9",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "64:ff9b::7f00:1",
                "fc00::1",
                "fd12:3456::1",
                "fe80::1",
                "ff02::1",
                "2002:7f00:1::1",
                "2001::1",
                "2001:db8::1"
            })
    void addressesThatOnlyThisServerMayReachAreNotPublic(String address) throws Exception {
        assertThat(EndpointPolicy.isPublic(InetAddress.getByName(address))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8.8.8.8",
                "100.63.0.1",
                "100.128.0.1",
                "172.32.0.1",
                "192.0.1.1",
                "198.17.0.1",
                "2a00:1450:4001::5"
            })
    void othersAre(String address) throws Exception {
        assertThat(EndpointPolicy.isPublic(InetAddress.getByName(address))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://8.8.8.8/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/x", "https://10.1.2.4/",
                "https://2130706433/", "https://0x7f.1/", "https://8.8.8.8:8443/", "https://a@8.8.8.8/",
                        "file:///etc/passwd",
                "ftp://8.8.8.8/", "https:8.8.8.8", "https://no-such-host.invalid/"
            })
    void refuses(String endpoint) {
        assertThat(policy.refusal(URI.create(endpoint))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://8.8.8.8/s",
                "https://8.8.8.8:443/s",
                "https://push.intranet.example:8443/s",
                "https://PUSH.intranet.example/",
                "https://10.1.2.3:9/",
                "https://[fd00::7]/"
            })
    void permits(String endpoint) {
        assertThat(policy.refusal(URI.create(endpoint))).isEmpty();
    }

    @Test
    void leavesToAProxyWhatOnlyThatCanLookUp() {
        var proxied = new EndpointPolicy(Set.of(), true);
        assertThat(proxied.refusal(URI.create("https://no-such-host.invalid/"))).isEmpty();
        assertThat(proxied.refusal(URI.create("https://127.0.0.1/"))).isPresent();
    }
}
