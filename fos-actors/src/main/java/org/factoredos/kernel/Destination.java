package org.factoredos.kernel;

/** What a sender may name: a mailbox itself, or a textual name that the name cache turns into one (§3.1.1, §3.4). */
public sealed interface Destination permits Address, Name {}
