/**
 * The checker that decides whether Duet keeps its contract. {@link io.duet.checker.Checker} drives people with several
 * devices each over the wire contract alone, writes down every frame in a {@link io.duet.checker.Journal}, and decides from
 * that and from REST: {@link io.duet.checker.Verdict}. Shares no code with the server.
 *
 * <p>One thread drives all devices ({@code Loop}); the rules ({@code StorageRules}, {@code StreamRules},
 * {@code ReceiptRules}, {@code PresenceRules}) are pure functions of journal and {@code Truth}. Faults are
 * {@link io.duet.checker.Fault}s.
 */
package io.duet.checker;
