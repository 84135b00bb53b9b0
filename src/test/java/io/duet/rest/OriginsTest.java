package io.duet.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OriginsTest {

    private final Origins origins =
            new Origins(Set.of("https://chat.example", "http://App.example:8080", "http://x:80"));

    @ParameterizedTest
    @CsvSource({
        "http://localhost:9080,       localhost:9080,     true",
        "https://duet.example,        duet.example,       true",
        "https://duet.example,        duet.example:443,   true",
        "http://duet.example,         duet.example:80,    true",
        "http://duet.example,         DUET.example,       true",
        "http://[::1]:9080,           [::1]:9080,         true",
        "https://chat.example,        duet.example,       true",
        "http://app.example:8080,     duet.example,       true",
        "http://x,                    duet.example,       true",
        "http://localhost:9081,       localhost:9080,     false",
        "http://localhost,            localhost:9080,     false",
        "https://duet.example:80,     duet.example,       false",
        "http://chat.example,         duet.example,       false",
        "https://chat.example:8443,   duet.example,       false",
        "https://duet.example.evil,   duet.example,       false",
        "https://evil.example,        duet.example,       false",
        "null,                        duet.example,       false",
        "file://,                     duet.example,       false",
        "ftp://duet.example,          duet.example,       false",
        "duet.example,                duet.example,       false",
        "https://a@duet.example,      a@duet.example,     false",
        "http://%,                    duet.example,       false",
    })
    void knowsItsOwnAndTheAllowed(String origin, String host, boolean permitted) {
        assertThat(origins.permits(origin, host)).isEqualTo(permitted);
    }

    @Test
    void noOriginIsNoForeignPage() {
        assertThat(origins.permits(null, "duet.example")).isTrue();
        assertThat(origins.permits(null, null)).isTrue();
        assertThat(origins.permits("https://duet.example", null)).isFalse();
        assertThat(origins.permits("", "")).isFalse();
    }
}
