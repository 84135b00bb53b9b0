/**
 * Everything that goes wrong, to real nodes in processes of their own, while the {@link io.duet.checker.Checker} puts load on
 * them and decides. {@link io.duet.system.faults.Site} is such a set of nodes with a database and networks of its own; it
 * needs Linux, {@code ip} and the right to make network namespaces.
 *
 * <p>Trials are not part of the build; {@code docs/faults.md} says how to run them. {@code -Dfaults=full} makes every outage as long as it says.
 */
package io.duet.system.faults;
