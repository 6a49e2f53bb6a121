package org.factoredos.memory;

/** Why the memory fleet did not do what it was asked. */
public enum MemoryError {
    OUT_OF_MEMORY("this node has too few free frames"),
    QUOTA_EXCEEDED("that is more memory than this domain may have; see 'privileges' for its right memory"),
    NO_SUCH_REGION("that region is not held by whom it should be"),
    ELSEWHERE("that memory server is another node's; try again"),
    OTHER_NODE("memory is used and shared only by tiles of the node that has it; send messages instead"),
    NOT_OFFERED("nobody has shared that region with this process, or not since its memory server started anew"),
    GIVEN_UP("that region was given up"),
    TOO_MANY_REGIONS("a process has at most 1024 regions; free one first, or ask for larger ones"),
    BUSY("the memory server has too much to do, or has just started; try again");

    private final String sentence;

    MemoryError(String sentence) {
        this.sentence = sentence;
    }

    /** For people, without the name of what was asked. */
    public String sentence() {
        return sentence;
    }
}
