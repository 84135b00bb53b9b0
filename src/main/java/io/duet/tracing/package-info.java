/**
 * Traces of single messages through the nodes (OpenTelemetry), for operators who look for lost time: off unless
 * {@code duet.tracing.endpoint} is set, and then for a sample. {@link io.duet.tracing.Tracing} is the façade; no other room
 * sees a type of OpenTelemetry. No tables, no caches.
 */
package io.duet.tracing;
