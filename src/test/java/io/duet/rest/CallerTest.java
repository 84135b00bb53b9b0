package io.duet.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.duet.protocol.ErrorCode;
import jakarta.ws.rs.core.SecurityContext;
import java.security.Principal;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CallerTest {

    private record Of(Principal getUserPrincipal) implements SecurityContext {
        @Override
        public boolean isUserInRole(String role) {
            return false;
        }

        @Override
        public boolean isSecure() {
            return false;
        }

        @Override
        public String getAuthenticationScheme() {
            return null;
        }
    }

    @Test
    void isThePrincipal() {
        assertThat(Caller.of(new Of(Calls.CALLER))).isEqualTo(Calls.CALLER);
        assertThat(Calls.CALLER.getName()).isEqualTo("0190a7e2-1111-7abc-8def-0123456789ab");
    }

    @Test
    void onlyAnAdministratorIsLetIntoWhatIsForAdministrators() {
        final Caller admin = new Caller(
                Calls.CALLER.userId(),
                Calls.CALLER.sessionId(),
                Calls.CALLER.expiresAt(),
                Set.of(Role.USER, Role.ADMIN));
        assertThat(admin.requireAdmin()).isSameAs(admin);
        assertThatThrownBy(Calls.CALLER::requireAdmin).isInstanceOfSatisfying(ApiException.class, refusal -> {
            assertThat(refusal.status()).isEqualTo(403);
            assertThat(refusal.code()).isEqualTo(ErrorCode.UNAUTHORIZED);
        });
    }

    @Test
    void nobodyElseIs() {
        for (final Principal other : new Principal[] {null, () -> "0190a7e2-1111-7abc-8def-0123456789ab"}) {
            assertThatThrownBy(() -> Caller.of(new Of(other)))
                    .isInstanceOfSatisfying(
                            ApiException.class,
                            refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.UNAUTHORIZED));
        }
    }
}
