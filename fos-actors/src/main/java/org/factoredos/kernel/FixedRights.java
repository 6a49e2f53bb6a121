package org.factoredos.kernel;

/**
 * The rights that a node's microkernels have from the start (§3.1.3), so that those who decide about all others can be
 * asked. A microkernel is handed them, as it is handed answers later: it has no rule of its own.
 */
@FunctionalInterface
public interface FixedRights {
    /** For what is tried without a privilege fleet: everybody may do everything. */
    FixedRights ALL = (domain, kind, target) -> true;

    /** Whether clients of {@code domain} may, whoever else is asked; {@code target}: see {@link Delegation.CheckRight}. */
    boolean allow(String domain, RightKind kind, Destination target);
}
