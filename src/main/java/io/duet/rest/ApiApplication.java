package io.duet.rest;

import jakarta.enterprise.context.spi.CreationalContext;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.spi.Bean;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.CDI;
import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Application;
import jakarta.ws.rs.ext.Provider;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The REST interface. Resources and providers are the beans that are annotated as such, in whichever room they live. Their
 * instances are handed over, not their classes: Jakarta REST asks a class for a public constructor of its own kind and
 * does not know CDI's.
 */
@ApplicationPath("/api")
public class ApiApplication extends Application {
    @Override
    @SuppressWarnings("deprecation")
    public Set<Object> getSingletons() {
        final BeanManager beans = CDI.current().getBeanManager();
        return beans.getBeans(Object.class, Any.Literal.INSTANCE).stream()
                .filter(bean -> isPartOfApi(bean.getBeanClass()))
                .map(bean -> reference(beans, bean))
                .collect(Collectors.toSet());
    }

    private static boolean isPartOfApi(Class<?> type) {
        return type.isAnnotationPresent(Path.class) || type.isAnnotationPresent(Provider.class);
    }

    private static Object reference(BeanManager beans, Bean<?> bean) {
        final CreationalContext<?> context = beans.createCreationalContext(bean);
        return beans.getReference(bean, bean.getBeanClass(), context);
    }
}
