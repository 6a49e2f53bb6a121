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
}
