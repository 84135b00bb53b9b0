/**
 * The settings of this node: {@link io.duet.config.DuetConfig}, read and checked once at start. The only reader of
 * MicroProfile Config. No tables, no caches.
 */
package io.duet.config;
