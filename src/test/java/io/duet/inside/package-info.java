/**
 * Tests that run inside a server, in Duet's own WAR (Arquillian): what only there can be seen. Of both servers, whichever the
 * build is for. Everything that the wire shows is tested from outside, in {@code io.duet.system}.
 */
package io.duet.inside;
