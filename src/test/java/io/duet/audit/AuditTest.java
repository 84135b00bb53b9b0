package io.duet.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.duet.config.DuetConfig;
import io.duet.platform.SteppingClock;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class AuditTest {

    private static final UUID USER = new UUID(0x0190a7e21111_7abcL, 1);
    private static final UUID ADMIN = new UUID(0x0190a7e21111_7abcL, 2);
    private static final UUID SESSION = new UUID(0x0190a7e21111_7abcL, 3);

    private final DuetConfig config = DuetConfig.defaults();
    private final Audit audit = new Audit(new SteppingClock(Instant.parse("2026-03-01T12:00:00.250Z")), config);
    private final RecordedAudit recorded = new RecordedAudit();

    @AfterEach
    void close() {
        recorded.close();
    }

    @Test
    void writesOneLineOfJsonWithItsFieldsInTheirOrder() {
        audit.record(AuditEvent.ok("sign_in")
                .detail("method", "local")
                .session(SESSION)
                .source("10.0.0.1")
                .username("alice")
                .actor(ADMIN)
                .user(USER));
        assertThat(recorded.lines())
                .containsExactly(
                        "{\"time\":\"2026-03-01T12:00:00.250Z\",\"event\":\"sign_in\",\"outcome\":\"ok\",\"node\":\""
                                + config.cluster().nodeName() + "\",\"user_id\":\"" + USER + "\",\"actor_id\":\""
                                + ADMIN
                                + "\",\"username\":\"alice\",\"source\":\"10.0.0.1\",\"session_id\":\"" + SESSION
                                + "\",\"method\":\"local\"}");
    }

    @Test
    void leavesOutWhatIsNotKnown() {
        audit.record(AuditEvent.failed("sign_in").source("10.0.0.1"));
        JsonNode event = recorded.events("sign_in").get(0);
        assertThat(event.propertyNames()).containsExactly("time", "event", "outcome", "node", "source");
        assertThat(event.get("outcome").asString()).isEqualTo("failed");
    }

    @Test
    void nobodyWritesALineOfHisOwnOrFillsTheLog() {
        String hostile = "x\r\n{\"event\":\"sign_in\"}\u2028\u0085\u0000\uD83D\uDE00{0}%s${jndi:x}";
        audit.record(AuditEvent.failed("sign_in").detail("reason", hostile).username("x".repeat(100_000)));
        assertThat(recorded.lines()).hasSize(1);
        String line = recorded.lines().get(0);
        assertThat(line).matches("[ -~]{1,1000}");
        JsonNode event = recorded.events("sign_in").get(0);
        assertThat(event.get("reason").asString()).isEqualTo(hostile);
        assertThat(event.get("username").asString()).hasSize(256);
    }

    @Test
    void refusesNamesThatWouldNotBeStableFields() {
        assertThatThrownBy(() -> AuditEvent.ok("Sign in")).isInstanceOf(IllegalArgumentException.class);
        AuditEvent event = AuditEvent.ok("sign_in");
        assertThatThrownBy(() -> event.detail("user_id", "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> event.detail("", "x")).isInstanceOf(IllegalArgumentException.class);
    }
}
