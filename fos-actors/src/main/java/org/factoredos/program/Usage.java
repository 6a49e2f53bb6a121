package org.factoredos.program;

/**
 * What people are told about a command: {@code help}, {@code --help}, usage errors and completion all read it here.
 *
 * @param synopsis the arguments it takes, without its name; empty for none
 * @param summary one line, no full stop
 * @param example a command line that works as it stands, or nearly
 */
public record Usage(Group group, String name, String synopsis, String summary, String example) {
    /** The headings of {@code help}, in its order. */
    public enum Group {
        FILES("Files"),
        TEXT("Text"),
        SYSTEM("System"),
        NAMING("Names and messages"),
        NETWORK("Network"),
        PROTECTION("Protection"),
        SHELL("Shell");

        private final String title;

        Group(String title) {
            this.title = title;
        }

        public String title() {
            return title;
        }
    }

    /** How it is called: the name and its arguments. */
    public String line() {
        return synopsis.isEmpty() ? name : name + " " + synopsis;
    }

    /** What {@code --help} prints. */
    public String text() {
        return "usage: " + line() + "\n  " + summary + "\nexample: " + example + "\n";
    }
}
