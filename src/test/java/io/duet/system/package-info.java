/**
 * System tests: real server processes, spoken to by the wire contract alone. {@link io.duet.system.SharedServers} lends
 * the servers; tests that break a server start their own.
 */
package io.duet.system;
