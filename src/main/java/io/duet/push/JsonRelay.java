package io.duet.push;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Posts pushes as JSON to a gateway of the site ({@code duet.push.relay-url}), which knows how to reach phones. It gets every
 * token that is no Web Push subscription. {@code docs/push.md} describes body and answers. Never blocks.
 */
final class JsonRelay implements PushRelay {
    private final PushHttp http;
    private final URI url;
    private final Optional<String> secret;

    JsonRelay(PushHttp http, URI url, Optional<String> secret) {
        this.http = http;
        this.url = url;
        this.secret = secret;
    }

    @Override
    public boolean serves(PushToken token) {
        return !token.kind().equals(PushToken.WEB_PUSH);
    }

    @Override
    public CompletionStage<PushOutcome> send(PushToken token, Push push) {
        ObjectNode body = JsonMapper.shared().createObjectNode();
        body.put("kind", token.kind());
        body.put("token", token.value());
        body.put("topic", push.topic());
        body.put("ttl", push.timeToLive().toSeconds());
        body.put("urgency", push.urgency().name().toLowerCase(Locale.ROOT));
        body.set("push", JsonMapper.shared().readTree(push.json()));
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()));
        secret.ifPresent(value -> request.header("Authorization", "Bearer " + value));
        return http.post(request);
    }
}
