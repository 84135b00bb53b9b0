package io.duet.platform;

import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.BeforeShutdown;
import jakarta.enterprise.inject.spi.Extension;
import java.lang.reflect.Field;
import java.util.Collections;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/**
 * Makes Open Liberty's loggers forget this application, as the last thing that it does. A logger there remembers the class
 * that asked for it first, for messages in that class's language, and lives as long as anybody has it: the next deployment asks
 * for the same names before the loggers are collected, and with them the former one would stay for ever.
 *
 * <p>By reflection, since nothing else leads to what a logger remembers. Elsewhere there are no such loggers, and nothing happens.
 * Public only because CDI makes it.
 */
public final class LibertyLoggers implements Extension {
    private static final String LOGGER = "com.ibm.ws.logging.internal.WsLogger";
    private static final String COMPONENT = "ivTC";
    private static final String ASKED_FIRST = "aClass";

    void forget(@Observes BeforeShutdown end) {
        LogManager manager = LogManager.getLogManager();
        for (String name : Collections.list(manager.getLoggerNames())) {
            Logger logger = manager.getLogger(name);
            if (logger != null && logger.getClass().getName().equals(LOGGER)) {
                forgetIn(logger);
            }
        }
    }

    private static void forgetIn(Logger logger) {
        try {
            Object component = field(logger.getClass(), COMPONENT).get(logger);
            Field askedFirst = field(component.getClass(), ASKED_FIRST);
            if (askedFirst.get(component) instanceof Class<?> one
                    && one.getClassLoader() == LibertyLoggers.class.getClassLoader()) {
                askedFirst.set(component, null); // as in a logger that was asked for by no class
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            logger.fine(() -> "This logger keeps an application that has ended: " + e);
        }
    }

    private static Field field(Class<?> owner, String name) throws NoSuchFieldException {
        for (Class<?> declaring = owner; declaring != null; declaring = declaring.getSuperclass()) {
            for (Field field : declaring.getDeclaredFields()) {
                if (field.getName().equals(name)) {
                    field.setAccessible(true);
                    return field;
                }
            }
        }
        throw new NoSuchFieldException(name);
    }
}
