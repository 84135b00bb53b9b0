package io.duet.system.client;

import java.io.IOException;

/** The server answered the upgrade with something else than 101. */
public final class HandshakeRefused extends IOException {

    private static final long serialVersionUID = 1L;

    private final int status;

    HandshakeRefused(int status, String head) {
        super("upgrade refused: " + head);
        this.status = status;
    }

    /** The HTTP status of the refusal. */
    public int status() {
        return status;
    }
}
