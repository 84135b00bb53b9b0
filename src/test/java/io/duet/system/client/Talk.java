package io.duet.system.client;

import java.util.UUID;

/** Two people who have just met, and their conversation. */
public record Talk(Person alice, Person bob, UUID conversation) {

    public static Talk on(Duet duet) {
        Person alice = duet.register();
        Person bob = duet.register();
        return new Talk(alice, bob, alice.conversationWith(bob));
    }
}
