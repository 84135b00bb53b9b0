package io.duet.push;

import java.util.concurrent.CompletionStage;

/**
 * Carries pushes to devices whose tokens are of some kind. Duet brings two: Web Push, and a relay by HTTPS for all other
 * kinds ({@code duet.push.relay-url}). A site adds its own, for APNs or FCM, as a {@link java.util.ServiceLoader} service:
 * a JAR in {@code WEB-INF/lib} with a public class, its constructor without parameters, and its name in
 * {@code META-INF/services/io.duet.push.PushRelay}. The site's are asked first; the first that serves a token gets it.
 *
 * <p>Both methods are called by several threads at once and must not block. {@link #send} answers within 30 s or counts as
 * {@link PushOutcome.Unavailable}, and so does a stage that fails.
 */
public interface PushRelay {
    /** Whether pushes for this token go this way. */
    boolean serves(PushToken token);

    /** Takes a push on its way. It may be asked twice to carry the same one. */
    CompletionStage<PushOutcome> send(PushToken token, Push push);
}
