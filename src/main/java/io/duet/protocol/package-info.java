/**
 * What stands on the wire: the frames of both directions, their codec, the error and close codes. Pure Java and Jackson's
 * streaming core; knows no other room, holds no table and no cache.
 *
 * <p>{@link io.duet.protocol.FrameCodec} is the way in: text to {@link io.duet.protocol.ClientFrame}, {@link
 * io.duet.protocol.ServerFrame} to text. The rules of values that REST shares ({@link io.duet.protocol.Identifier}, {@link
 * io.duet.protocol.Timestamps}, {@link io.duet.protocol.UnicodeText}) are here too. {@code docs/asyncapi.yaml} says the
 * same for client authors and is tested against this package.
 */
package io.duet.protocol;
