package io.duet.health;

import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;
import org.jboss.logging.Logger;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code GET /health/…} with the answers of MicroProfile Health 4.0 (section "REST interfaces specifications"), for a server
 * that has them on a port of its management only, as WildFly has. Open Liberty answers these paths itself, before they
 * reach the application.
 */
@WebServlet({"/health", "/health/started", "/health/ready", "/health/live"})
public final class HealthServlet extends HttpServlet {
    private static final long serialVersionUID = 1;
    private static final Logger LOG = Logger.getLogger(HealthServlet.class);

    private final transient JsonMapper json = new JsonMapper();

    @Inject
    @Any
    private transient Instance<HealthCheck> checks;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        final List<HealthCheckResponse> answers = new ArrayList<>();
        for (Annotation kind : kinds(request.getServletPath())) {
            checks.select(kind).forEach(check -> answers.add(answer(check)));
        }
        final Status status =
                answers.stream().allMatch(answer -> answer.getStatus() == Status.UP) ? Status.UP : Status.DOWN;
        response.setStatus(
                status == Status.UP ? HttpServletResponse.SC_OK : HttpServletResponse.SC_SERVICE_UNAVAILABLE);
        response.setContentType("application/json;charset=UTF-8");
        final List<Object> details =
                answers.stream().<Object>map(HealthServlet::details).toList();
        final Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("status", status.name());
        answer.put("checks", details);
        response.getOutputStream().write(json.writeValueAsBytes(answer));
    }

    private static List<Annotation> kinds(String path) {
        return switch (path) {
            case "/health/started" -> List.of(Startup.Literal.INSTANCE);
            case "/health/ready" -> List.of(Readiness.Literal.INSTANCE);
            case "/health/live" -> List.of(Liveness.Literal.INSTANCE);
            default -> List.of(Startup.Literal.INSTANCE, Readiness.Literal.INSTANCE, Liveness.Literal.INSTANCE);
        };
    }

    private static HealthCheckResponse answer(HealthCheck check) {
        try {
            return check.call();
        } catch (RuntimeException e) {
            LOG.warn("A probe failed", e);
            return HealthCheckResponse.down("failed");
        }
    }

    private static Map<String, Object> details(HealthCheckResponse answer) {
        final Map<String, Object> details = new LinkedHashMap<>();
        details.put("name", answer.getName());
        details.put("status", answer.getStatus().name());
        answer.getData().ifPresent(data -> details.put("data", data));
        return details;
    }
}
