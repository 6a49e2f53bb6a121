package org.factoredos.file;

import org.factoredos.file.FileProtocol.Kind;

/**
 * Who may do what with a file: nine bits and the sticky one, as POSIX writes them.
 *
 * <p>There are two classes of askers, the file's owner and all others, for domains (§3.1.2) have no groups. The three bits
 * of the group always say what those of the others say, so that programs which know POSIX read them right.
 */
public final class FileMode {
    public static final int READ = 4;
    public static final int WRITE = 2;
    /** To use what a directory holds; of a file it is only kept. */
    public static final int EXECUTE = 1;

    /** In such a directory only its owner and a file's take that file away. */
    public static final int STICKY = 01000;

    public static final int ALL = 01777;

    static final int OF_FILES = 0644;
    static final int OF_DIRECTORIES = 0755;
    static final int OF_LINKS = 0777;
    static final int OF_COMMON_DIRECTORIES = 01777;

    private FileMode() {}

    /** The same with the group's bits as the others' are. */
    public static int of(int bits) {
        int others = bits & 7;
        return (bits & (STICKY | 0700)) | (others << 3) | others;
    }

    /**
     * Whether a domain may do all of {@code bits} with a file. A domain owns what those below it own, and the operator and
     * the system's own are stopped by no mode.
     */
    public static boolean allows(String owner, int mode, String domain, int bits) {
        int allowed = Asker.owns(domain, owner) ? mode >> 6 : mode;
        return Asker.unstopped(domain) || (allowed & bits) == bits;
    }

    /** As {@code ls -l} writes it, such as {@code drwxr-xr-x}. */
    public static String text(Kind kind, int mode) {
        StringBuilder text = new StringBuilder(10);
        text.append(
                switch (kind) {
                    case FILE -> '-';
                    case DIRECTORY -> 'd';
                    case SYMBOLIC_LINK -> 'l';
                    case DEVICE -> 'c';
                });
        for (int shift = 6; shift >= 0; shift -= 3) {
            int bits = mode >> shift;
            text.append((bits & READ) != 0 ? 'r' : '-')
                    .append((bits & WRITE) != 0 ? 'w' : '-')
                    .append((bits & EXECUTE) != 0 ? 'x' : '-');
        }
        if ((mode & STICKY) != 0) {
            text.setCharAt(9, text.charAt(9) == 'x' ? 't' : 'T');
        }
        return text.toString();
    }
}
