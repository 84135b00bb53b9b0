package io.duet.system;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Lends tests one {@link Chromium} for the whole run, and {@link Visitors} in it for each test. No browser may complain: after
 * each test every error and warning that nobody expected fails it.
 */
final class Browsing implements ParameterResolver, AfterEachCallback {

    private static final Namespace SPACE = Namespace.create(Browsing.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Visitors.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        var chromium =
                context.getRoot().getStore(SPACE).computeIfAbsent("chromium", key -> Chromium.launch(), Chromium.class);
        return context.getStore(SPACE)
                .computeIfAbsent(
                        "visitors",
                        key -> new Visitors(chromium.browser(), SharedServers.plain(context)),
                        Visitors.class);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Visitors visitors = context.getStore(SPACE).get("visitors", Visitors.class);
        if (visitors != null) {
            visitors.assertNothingToComplainAbout();
        }
    }
}
