package io.duet.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CodesTest {

    @Test
    void errorCodesAreThoseOfTheContract() {
        assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::wireName))
                .containsExactly(
                        "bad_request",
                        "unknown_action",
                        "unauthorized",
                        "not_found",
                        "content_empty",
                        "content_too_long",
                        "content_invalid",
                        "client_message_id_invalid",
                        "client_message_id_conflict",
                        "sequence_out_of_range",
                        "recipient_invalid",
                        "rate_limited",
                        "unavailable");
        assertThat(Arrays.stream(ErrorCode.values()).filter(ErrorCode::retryable))
                .containsExactly(ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE);
    }

    @Test
    void closeCodesAreThoseOfTheContract() {
        assertThat(Arrays.stream(CloseCode.values()).map(CloseCode::code))
                .isEqualTo(List.of(1001, 1002, 1003, 1007, 1009, 1013, 4400, 4401, 4408, 4409));
        final Map<String, CloseCode> byReason =
                Arrays.stream(CloseCode.values()).collect(Collectors.toMap(CloseCode::reason, Function.identity()));
        assertThat(byReason.keySet()).allMatch(reason -> reason.getBytes(StandardCharsets.UTF_8).length <= 123);
    }
}
