/**
 * Starts Infinispan on JGroups and tells the rooms with caches when the view of the cluster changes. The rooms define
 * their caches themselves ({@code inbox}, {@code topics}, {@code presence}); their types are found through the ProtoStream
 * schemas that each declares. No tables, except {@code jgroups}, which the stack {@code tcp} makes for discovery.
 *
 * <p>Cache {@code probe}: node → last probe; distributed, 2 owners; only for readiness.
 */
package io.duet.cluster;
