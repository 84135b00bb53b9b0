package io.duet.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.util.Base64URL;
import com.zerodeplibs.webpush.MessageEncryptions;
import com.zerodeplibs.webpush.PushMessage;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SubscriptionTest {
    /** RFC 8291, appendix A. */
    private static final String BODY = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
            + "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
            + "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";

    @Test
    void theReceiverOfTheseTestsDecryptsTheExampleOfTheRfc() {
        byte[] publicKey = Base64.getUrlDecoder()
                .decode("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        ECKey key = new ECKey.Builder(Receiver.point(publicKey))
                .d(new Base64URL("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"))
                .build();
        var receiver = new Receiver(key, Base64.getUrlDecoder().decode("BTBZMqHH6r4Tts7J_aSIgg"));
        assertThat(receiver.decrypt(Base64.getUrlDecoder().decode(BODY)))
                .isEqualTo("When I grow up, I want to be a watermelon");
    }

    @Test
    void whatIsEncryptedForASubscriptionOnlyItsReceiverCanRead() {
        Receiver receiver = Receiver.fresh();
        Subscription subscription = Subscription.parse(receiver.subscription("https://push.example.org/s/1?a=b"));
        assertThat(subscription.endpoint()).hasToString("https://push.example.org/s/1?a=b");
        byte[] body = MessageEncryptions.of()
                .encrypt(subscription.keys(), PushMessage.ofUTF8("Grüße 👋"))
                .toBytes();
        assertThat(receiver.decrypt(body)).isEqualTo("Grüße 👋");
        assertThatThrownBy(() -> Receiver.fresh().decrypt(body)).hasMessage("not for this receiver");
        assertThat(subscription.toString()).doesNotContain("/s/1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{}",
                "[]",
                "{\"endpoint\":1}",
                "{\"endpoint\":\"https://push.example.org/\"}",
                "{\"endpoint\":\"https://push.example.org/\",\"keys\":{\"p256dh\":\"AAAA\",\"auth\":\"BTBZMqHH6r4Tts7J_aSIgg\"}}",
                "{\"endpoint\":\"https://push.example.org/\",\"keys\":{\"p256dh\":\"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4\",\"auth\":\"AAAA\"}}",
                "{\"endpoint\":\"https://push.example.org/\",\"keys\":{\"p256dh\":\"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw5\",\"auth\":\"BTBZMqHH6r4Tts7J_aSI!!\"}}",
                "{\"endpoint\":\"not a uri\",\"keys\":{\"p256dh\":\"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4\",\"auth\":\"BTBZMqHH6r4Tts7J_aSIgg\"}}",
                // not a point of the curve
                "{\"endpoint\":\"https://push.example.org/\",\"keys\":{\"p256dh\":\"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiwA\",\"auth\":\"BTBZMqHH6r4Tts7J_aSIgg\"}}"
            })
    void refusesWhatIsNone(String json) {
        assertThatThrownBy(() -> Subscription.parse(json)).isInstanceOf(IllegalArgumentException.class);
    }
}
