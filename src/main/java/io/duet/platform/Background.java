package io.duet.platform;

import static java.lang.annotation.ElementType.FIELD;
import static java.lang.annotation.ElementType.METHOD;
import static java.lang.annotation.ElementType.PARAMETER;
import static java.lang.annotation.RetentionPolicy.RUNTIME;

import jakarta.inject.Qualifier;
import java.lang.annotation.Retention;
import java.lang.annotation.Target;

/**
 * The executor for what nobody waits for: who is online and was seen when, and the second look at a new connection. It is a
 * {@link LimitedParallelism} of the server's executor, so that however many devices come and go, all that follows from it
 * takes few threads and few connections to the database.
 */
@Qualifier
@Retention(RUNTIME)
@Target({FIELD, METHOD, PARAMETER})
public @interface Background {}
