package org.factoredos.placement;

/** Why the placement fleet refused; each is definite. */
public enum PlacementError {
    NO_FREE_TILE("every tile has its client; wait for a process to end, or kill one"),
    NO_SUCH_PROGRAM("there is no program of that name; try 'help'"),
    NO_SUCH_PROCESS("there is no process of that number; 'ps' lists them"),
    PERMISSION_DENIED("this domain may not run that program, or not in that domain; 'privileges' lists what it may"),
    NOT_YOURS("it acts in another domain, and signalling or moving that one's takes the right SIGNAL on it"),
    NOT_CHECKED("the privilege fleet did not say whether this is allowed; try again"),
    NODE_LOST("the node that it ran on is not in the grid any more, nor is the process"),
    NOT_MIGRATABLE("it cannot move there: only state machines leave their node, and servers of the system none"),
    NO_SUCH_TILE("there is no such tile in the grid; 'tiles -a' lists them"),
    TILE_TAKEN("that tile has its client; choose a free one, 'tiles -a' lists them"),
    NOT_MOVED("it did not come to rest, or the tile did not take it, and runs where it did; try again"),
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
