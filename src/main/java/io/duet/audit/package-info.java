/**
 * The audit log: who signed in, who was refused, what was ended or removed and by whom. {@link io.duet.audit.Audit} is its
 * façade, and every room may know it. No tables, no caches: it writes to a logger.
 */
package io.duet.audit;
