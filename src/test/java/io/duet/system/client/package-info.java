/**
 * The clients with which the system tests speak to a real server: {@link io.duet.system.client.RawWebSocket} says
 * whatever bytes a test wants, {@link io.duet.system.client.DuetClient} is one well-behaved device on top of it, and
 * {@link io.duet.system.client.Rest} is the REST half. They share no code with the server: only the wire contract.
 */
package io.duet.system.client;
