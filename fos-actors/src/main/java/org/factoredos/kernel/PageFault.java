package org.factoredos.kernel;

/** An access to memory that the page table does not allow; it ends the program, as SIGSEGV does. */
public final class PageFault extends Error {
    private static final long serialVersionUID = 1;

    PageFault(long address, boolean write, boolean mapped) {
        super(String.format(
                "page fault: %s at 0x%x, %s",
                write ? "write" : "read", address, mapped ? "which is mapped read-only" : "where nothing is mapped"));
    }
}
