/**
 * The benchmark: a load generator for a real server over the wire contract. Start with {@link io.duet.bench.Bench}; it
 * says how to run it.
 */
package io.duet.bench;
