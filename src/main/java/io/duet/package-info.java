/** Duet: durable 1-to-1 messaging. One package beneath this one is one room; start with {@code io.duet.delivery}. */
package io.duet;
