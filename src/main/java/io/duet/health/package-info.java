/**
 * What a load balancer, an orchestrator and a monitoring system ask: {@code /health/started}, {@code /health/ready},
 * {@code /health/live} (MicroProfile Health) and {@code /metrics} (Prometheus). No tables, no caches.
 */
package io.duet.health;
