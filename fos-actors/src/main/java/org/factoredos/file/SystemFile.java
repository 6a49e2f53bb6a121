package org.factoredos.file;

import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.server.Reserved;

/**
 * What there is in {@code /proc} and {@code /dev}, but for directories and {@code /proc/self}.
 *
 * <p>Of each it is said which fleet knows what it says; to read it takes the right to ask that fleet oneself.
 */
enum SystemFile {
    CACHES(10, SystemPath.PROC, "caches", 0444, Reserved.PLACEMENT.domain()),
    FLEETS(11, SystemPath.PROC, "fleets", 0444, Reserved.NAME_FRONT.domain()),
    MEM(12, SystemPath.PROC, "mem", 0444, Reserved.MEMORY.domain()),
    TILES(13, SystemPath.PROC, "tiles", 0444, Reserved.PLACEMENT.domain()),
    UPTIME(14, SystemPath.PROC, "uptime", 0444, Reserved.CLOCK.domain()),
    VERSION(15, SystemPath.PROC, "version", 0444, ""),
    /** Of a process. */
    CMDLINE(20, "", "cmdline", 0444, Reserved.PLACEMENT.domain()),
    /** Likewise. */
    STATUS(21, "", "status", 0444, Reserved.PLACEMENT.domain()),
    CLOCK(30, SystemPath.DEV, "clock", 0444, Reserved.CLOCK.domain()),
    CONSOLE(FileProtocol.CONSOLE.number(), SystemPath.DEV, "console", 0666, ""),
    NULL(32, SystemPath.DEV, "null", 0666, ""),
    RANDOM(33, SystemPath.DEV, "random", 0444, Reserved.ENTROPY.domain()),
    URANDOM(34, SystemPath.DEV, "urandom", 0444, Reserved.ENTROPY.domain()),
    ZERO(35, SystemPath.DEV, "zero", 0666, "");

    /** In its {@link FileProtocol.FileId}, and so in messages between nodes. */
    final long number;
    /** Where it lies; empty for what every process has. */
    final String directory;

    final String text;
    final int mode;
    /** By its name and domain; empty where no fleet need be asked. */
    final String fleet;

    SystemFile(long number, String directory, String text, int mode, String fleet) {
        this.number = number;
        this.directory = directory;
        this.text = text;
        this.mode = mode;
        this.fleet = fleet;
    }

    Kind kind() {
        return directory.equals(SystemPath.DEV) ? Kind.DEVICE : Kind.FILE;
    }

    boolean writable() {
        return (mode & FileMode.WRITE) != 0;
    }

    boolean ofProcess() {
        return directory.isEmpty();
    }
}
