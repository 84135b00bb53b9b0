/**
 * Starts Infinispan on JGroups and tells the rooms with caches when the view of the cluster changes. The rooms define
 * their caches themselves ({@code inbox}, {@code topics}, {@code presence}); their types are found through the ProtoStream
 * schemas that each declares.
 *
 * <p>Nodes meet in the database that they share: table {@code jgroups} (who is there, kept by JGroups), {@code
 * cluster_identity} (one row: a name and a secret that no other installation has), {@code cluster_keys} (by which secret the
 * nodes of a cluster know each other). They enter one after the other, under an advisory lock.
 *
 * <p>Cache {@code probe}: node → last probe; distributed, 2 owners; only for readiness.
 */
package io.duet.cluster;
