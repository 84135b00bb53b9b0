/**
 * Tests that run inside the server, in Duet's own WAR (Arquillian): what only there can be seen. Everything that the wire shows is tested from outside, in {@code io.duet.system}.
 */
package io.duet.inside;
