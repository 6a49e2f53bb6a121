package org.factoredos.naming;

/** Why the name fleet refused (§3.4); each is definite: the directory did not change. */
public enum NameError {
    NAME_TAKEN("another mailbox has that name"),
    NO_SUCH_NAME("no mailbox has that name"),
    PERMISSION_DENIED("this domain may not use that namespace"),
    BAD_NAME("a name has 1 to 255 characters: letters, digits, '-', '_', '.', '/', its parts separated by ':'"),
    NO_SUCH_MAILBOX("that mailbox does not exist, or is another domain's"),
    FLAGS_CONFLICT("that name has other flags"),
    BUSY("the name's owner is moving or busy; try again");

    private final String sentence;

    NameError(String sentence) {
        this.sentence = sentence;
    }

    /** One sentence for people. */
    public String sentence() {
        return sentence;
    }
}
