/**
 * The data source behind {@code jdbc/duet}: an existing PostgreSQL, or a real one that is started here when none is
 * configured. Not part of the WAR: the server holds it in its JDBC library, beside the driver, because it must live longer
 * than the application. No tables, no caches.
 */
package io.duet.embedded;
