package org.factoredos.driver;

/** Why a block driver refused. A chunk version is never half there: each of these is definite for readers. */
public enum BlockError {
    NO_SUCH_CHUNK("this disk does not hold that version of the chunk"),
    CORRUPT("the chunk's checksum does not fit its bytes"),
    TOO_LARGE("a chunk has at most 64 KiB"),
    NO_SPACE("no space is left on this disk"),
    IO("the disk failed"),
    BUSY("too many operations wait for this disk");

    private final String sentence;

    BlockError(String sentence) {
        this.sentence = sentence;
    }

    /** One sentence for people. */
    public String sentence() {
        return sentence;
    }
}
