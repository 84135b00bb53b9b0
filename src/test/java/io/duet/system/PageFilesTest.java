package io.duet.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import io.duet.system.client.Duet;
import io.duet.system.client.Rest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How the files of the page are served: small, safe, and never an old one. */
@ExtendWith({SharedServers.class, Browsing.class})
class PageFilesTest {

    private static final Path SOURCES = Path.of("src/main/webapp");
    private static final int FIRST_VIEW_MAX_BYTES = 100_000;

    @Test
    void theFirstViewIsSmall(Visitors visitors) {
        long[] bytes = {0};
        Visitor fresh = visitors.newcomer("fresh");
        fresh.expect("favicon.ico");
        fresh.visit("favicon.svg");
        CDPSession session = fresh.profile().newCDPSession(fresh.page());
        session.send("Network.enable");
        session.on("Network.loadingFinished", event -> bytes[0] += size(event));
        fresh.page().navigate(fresh.page().url().replace("favicon.svg", ""));
        fresh.register();
        assertThat(bytes[0]).as("bytes on the wire, with headers").isBetween(10_000L, (long) FIRST_VIEW_MAX_BYTES);

        bytes[0] = 0;
        fresh.page().reload();
        fresh.awaitConnected();
        assertThat(bytes[0]).as("bytes of a second visit").isLessThan(FIRST_VIEW_MAX_BYTES / 2);
    }

    private static long size(JsonObject event) {
        return event.get("encodedDataLength").getAsLong();
    }

    @Test
    void everyFileSaysHowItMayBeUsed(Duet duet) {
        for (String path : List.of("/", "/duet-client.js", "/duet-chat.js", "/page/page.css", "/favicon.svg")) {
            Rest.Answer answer = duet.rest().get(path, null);
            assertThat(answer.status()).as(path).isEqualTo(200);
            assertThat(answer.headers())
                    .as(path)
                    .containsEntry("x-content-type-options", "nosniff")
                    .containsEntry("cache-control", "no-cache")
                    .containsEntry("access-control-allow-origin", "*")
                    .containsKey("etag")
                    .doesNotContainKey("last-modified");
        }
        for (String path : List.of("/", "/favicon.svg", "/api/users/me", "/no-such-page")) {
            Rest.Answer answer = duet.rest().get(path, null);
            assertThat(answer.headers())
                    .as(path)
                    .containsEntry("referrer-policy", "no-referrer")
                    .containsEntry("x-frame-options", "DENY")
                    .containsEntry("cross-origin-opener-policy", "same-origin");
        }
        for (String path : List.of("/", "/favicon.svg", "/no-such-page")) {
            assertThat(duet.rest().get(path, null).headers().get("content-security-policy"))
                    .as(path)
                    .contains("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'")
                    .contains("require-trusted-types-for 'script'")
                    .doesNotContain("unsafe");
        }
        assertThat(duet.rest().get("/api/users/me", null).headers())
                .containsEntry("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
        assertThat(duet.rest().get("/duet-client.js", null).headers().get("content-type"))
                .startsWith("text/javascript");
        assertThat(duet.rest().get("/api/users/me", null).headers()).containsEntry("cache-control", "no-store");
        assertThat(duet.rest().get("/no-such-file.js", null).status()).isEqualTo(404);
    }

    @Test
    void isAskedForAgainOnlyWhenItHasChanged(Duet duet) {
        String tag = duet.rest().get("/duet-client.js", null).headers().get("etag");
        Rest.Answer same = duet.rest()
                .call("GET", "/duet-client.js")
                .header("If-None-Match", "\"other\", " + tag)
                .send();
        assertThat(same.status()).isEqualTo(304);
        Rest.Answer newer = duet.rest()
                .call("GET", "/duet-client.js")
                .header("If-None-Match", "W/\"of another release\"")
                .header("If-Modified-Since", "Fri, 31 Dec 2100 23:59:59 GMT")
                .send();
        assertThat(newer.status()).as("dates tell nothing").isEqualTo(200);
        assertThat(newer.raw()).contains("DuetClient");
    }

    @Test
    void thePageNamesAllItsModulesSoThatTheyLoadAtOnce() throws IOException {
        Set<String> named = new TreeSet<>(found("modulepreload\" href=\"([^\"]+)\"", Path.of("index.html")));
        named.add("page/main.js");
        Set<String> needed = new TreeSet<>();
        collect(Path.of("page/main.js"), needed);
        assertThat(named).isEqualTo(needed);
    }

    private static void collect(Path module, Set<String> into) throws IOException {
        if (into.add(module.toString())) {
            for (String imported : found("(?m)^(?:import|export)\\b[^;]*?'(\\.[^']+)';", module)) {
                collect(module.resolveSibling(imported).normalize(), into);
            }
        }
    }

    private static List<String> found(String pattern, Path file) throws IOException {
        return Pattern.compile(pattern)
                .matcher(Files.readString(SOURCES.resolve(file)))
                .results()
                .map(result -> result.group(1))
                .collect(Collectors.toList());
    }
}
