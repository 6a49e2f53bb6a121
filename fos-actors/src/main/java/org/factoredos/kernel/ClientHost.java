package org.factoredos.kernel;

/** The machine room's side of a tile: it makes the actors that run clients. */
public interface ClientHost {
    /**
     * Begins to run what {@code spec} describes as {@code tile}'s client. The host opens the client with {@link
     * Microkernel#open}, and reports its end with {@link Microkernel#ended}.
     *
     * @return the client, with its first mailbox made
     * @throws IllegalArgumentException where it cannot be run; the message says why
     */
    Client start(Microkernel tile, Payload spec);

    /** A client that has moved here and does not run yet: exactly one of the two follows, in the shim's turn. */
    interface Arrival {
        /** Opened with {@link Microkernel#reopen}. */
        Client client();

        /** It runs from now on. */
        void begin();

        /** It never will. */
        void discard();
    }

    /**
     * Makes ready what was packed on another tile, or on this one.
     *
     * @param spec what it was started as
     * @throws IllegalArgumentException where it cannot be run; the message says why
     */
    default Arrival install(Microkernel tile, Payload spec, PackedClient packed) {
        throw new IllegalArgumentException("nothing that moves runs here");
    }
}
