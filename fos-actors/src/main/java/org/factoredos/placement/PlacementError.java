package org.factoredos.placement;

/** Why the placement fleet refused; each is definite. */
public enum PlacementError {
    NO_FREE_TILE("every tile has its client; wait for a process to end, or kill one"),
    NO_SUCH_PROGRAM("there is no program of that name; try 'help'"),
    NO_SUCH_PROCESS("there is no process of that number; 'ps' lists them"),
    PERMISSION_DENIED("this domain may not run that program, or not in that domain; 'privileges' lists what it may"),
    NODE_LOST("the node that it ran on is not in the grid any more, nor is the process"),
    START_FAILED("the tile could not start it; try again");

    private final String sentence;

    PlacementError(String sentence) {
        this.sentence = sentence;
    }

    /** One sentence for people. */
    public String sentence() {
        return sentence;
    }
}
