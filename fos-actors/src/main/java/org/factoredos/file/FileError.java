package org.factoredos.file;

/** Why a file server refused; the names are POSIX's. Each is definite: nothing changed. */
public enum FileError {
    ENOENT("no such file or directory"),
    EEXIST("it exists already"),
    ENOTDIR("a part of the path is not a directory"),
    EISDIR("it is a directory"),
    ENOTEMPTY("the directory is not empty"),
    EXDEV("source and destination lie on different volumes; copy it instead"),
    EINVAL("that is not a valid argument"),
    ENAMETOOLONG("a name has at most 255 bytes"),
    ENOSPC("no space is left on the block drivers' disks"),
    EFBIG("the file would be too large"),
    EACCES("this domain may not do that"),
    EPERM("only its owner or the operator may do that"),
    ELOOP("too many symbolic links lead on from there"),
    EMLINK("the file has as many names as one may have"),
    EDQUOT("the owner's files may not take more of this volume"),
    ENOTSUP("whoever serves that path cannot do that"),
    EDEADLK("this process itself has locked some of these bytes"),
    ENOLCK("there are as many locks as there may be"),
    EROFS("what is there is the system's to say, and nobody else changes it"),
    ENXIO("this process has no terminal, or nothing is behind that device"),
    ETIMEDOUT("the fleet that would tell does not answer"),
    EBUSY("it is in use and cannot be changed"),
    ESTALE("the file was removed while it was open"),
    EIO("the data cannot be read from any disk that should hold it"),
    EAGAIN("the file fleet is busy or its owner is moving; try again");

    private final String sentence;

    FileError(String sentence) {
        this.sentence = sentence;
    }

    /** One sentence for people. */
    public String sentence() {
        return sentence;
    }
}
