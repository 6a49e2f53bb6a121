package org.factoredos.kernel;

/** What a protection domain (§3.1.2) may be allowed; what each guards asks for it. */
public enum RightKind {
    /** To a name, or to the clients of a domain. Asked by microkernels on every send. */
    SEND,
    /** A name, or a namespace. Asked by the name fleet. */
    REGISTER,
    /** A program, by its name. Asked by placement. */
    SPAWN,
    /** A program that a user brought, by its absolute path; instead of {@link #SPAWN}. Asked by placement. */
    LOAD_CODE,
    /** To act in another domain. Asked by placement. */
    BECOME,
    /** To end, interrupt and move processes of another domain. Asked by placement. */
    SIGNAL,
    /** A number of tiles that its processes may hold together, or {@code *}. Asked by placement. */
    TILES,
    /** The device behind a driver, called by the driver's domain. Asked by the driver's microkernel. */
    DEVICE,
    /** To hang a volume into the tree of files, by its path. Asked by the file fleet. */
    MOUNT,
    /** To grant and revoke rights, by their targets. Asked by the privilege fleet itself. */
    GRANT,
    /** A number of frames that its clients may hold at a memory server together, or {@code *}. Asked by the memory fleet. */
    MEMORY
}
