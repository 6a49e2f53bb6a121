package org.factoredos.kernel;

/** What the microkernel knows of privileges (§3.1.2): cached answers of the privilege fleet, checked on every send. */
@FunctionalInterface
public interface PrivilegeCache {
    /** The answer until there is a privilege fleet to ask: every domain may send anywhere. */
    PrivilegeCache FIXED = (domain, to) -> true;

    boolean maySend(String domain, Destination to);
}
