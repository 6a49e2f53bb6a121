package org.factoredos.file;

import org.jspecify.annotations.Nullable;

/**
 * Who asks an owner for something, and in which volume.
 *
 * @param domain the protection domain (§3.1.2), put on the envelope by the asker's microkernel and passed on by a front
 * @param volume the one that the front was led to by a mount point; empty where the path alone says it
 */
record Asker(String domain, String volume) {
    private static final String OPERATOR = "operator";
    private static final String SYSTEM = "sys:";

    /** The operator and the system's own are stopped by no mode. */
    static boolean unstopped(String domain) {
        return domain.equals(OPERATOR) || domain.startsWith(SYSTEM);
    }

    /** Who pays for what a domain's files take: domains below a user's are the user's. */
    static String account(String domain) {
        int colon = domain.indexOf(':');
        return colon < 0 ? domain : domain.substring(0, colon);
    }

    boolean unstopped() {
        return unstopped(domain);
    }

    static boolean owns(String domain, String owner) {
        return unstopped(domain) || owner.equals(domain) || owner.startsWith(domain + ":");
    }

    /** A domain owns what those below it own. */
    boolean owns(TreeNode node) {
        return owns(domain, node.owner);
    }

    /** @param bits of {@link FileMode}, all of which it takes */
    boolean may(TreeNode node, int bits) {
        return FileMode.allows(node.owner, node.mode, domain, bits);
    }

    /**
     * Whether it may use what it has by number: its owner may, as it could have opened it; others as the mode says, if they
     * could walk there. Numbers can be guessed, so they allow nothing that a path would not.
     */
    boolean mayUse(VolumeTree tree, TreeNode node, int bits) {
        return unstopped() || ((owns(node) || may(node, bits)) && reaches(tree, node));
    }

    private boolean reaches(VolumeTree tree, TreeNode node) {
        return node.number == VolumeTree.ROOT || node.parents.stream().anyMatch(parent -> mayPass(tree, parent));
    }

    private boolean mayPass(VolumeTree tree, long directory) {
        TreeNode at = tree.present(directory);
        while (may(at, FileMode.EXECUTE)) {
            if (at.number == VolumeTree.ROOT) {
                return true;
            }
            at = tree.present(at.parents.getFirst());
        }
        return false;
    }

    /** Whether it may take {@code node} out of {@code directory}; null where it may. */
    @Nullable
    FileError taking(TreeNode node, TreeNode directory) {
        if (!may(directory, FileMode.WRITE)) {
            return FileError.EACCES;
        }
        boolean sticky = (directory.mode & FileMode.STICKY) != 0;
        return sticky && !owns(directory) && !owns(node) ? FileError.EPERM : null;
    }
}
