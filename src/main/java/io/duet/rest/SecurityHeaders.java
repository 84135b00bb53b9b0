package io.duet.rest;

import jakarta.inject.Inject;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.regex.Pattern;

/**
 * The headers that tell a browser to be careful, on every answer, the page's included. Scripts and styles come from this
 * server's own files only: no inline script, no {@code eval}, no frame around the page ({@link ContentSecurityPolicy}). Answers are not cached;
 * {@link PageFiles} makes an exception for what is the same for everybody.
 */
@WebFilter(urlPatterns = "/*", asyncSupported = true)
public class SecurityHeaders extends HttpFilter {

    private static final long serialVersionUID = 1;
    private static final String API = "/api";

    @Inject
    private transient ContentSecurityPolicy policy;

    /** What is no document of its own: there the headers about documents say nothing, and would be most of the answer. */
    private static final Pattern PART_OF_DOCUMENT = Pattern.compile("\\.(js|css)$");

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        response.setHeader("X-Content-Type-Options", "nosniff");
        if (!PART_OF_DOCUMENT.matcher(request.getRequestURI()).find()) {
            final boolean data = request.getServletPath().equals(API);
            response.setHeader("Content-Security-Policy", data ? ContentSecurityPolicy.OF_DATA : policy.header());
            response.setHeader("Referrer-Policy", "no-referrer");
            response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
            response.setHeader("X-Frame-Options", "DENY");
        }
        if (!response.containsHeader("Cache-Control")) {
            response.setHeader("Cache-Control", "no-store");
        }
        chain.doFilter(request, response);
    }
}
