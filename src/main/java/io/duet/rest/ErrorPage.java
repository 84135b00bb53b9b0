package io.duet.rest;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * The problem detail of what the server refuses outside JAX-RS, in place of the server's own page, which would name
 * classes. Reached by the {@code error-page} of {@code web.xml} only; asked for by its address, it is not there.
 */
@WebServlet(urlPatterns = "/error", asyncSupported = true)
public class ErrorPage extends HttpServlet {

    private static final long serialVersionUID = 1;
    private static final int MAX_DEPTH = 2;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        final Object status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        final ApiException refusal = Problem.standard(status instanceof Integer code ? code : 404);
        response.setStatus(refusal.status());
        response.setContentType(Problem.MEDIA_TYPE);
        response.getOutputStream()
                .write(new Json(MAX_DEPTH).write(Problem.of(refusal.status(), refusal.code(), refusal.getMessage())));
    }
}
