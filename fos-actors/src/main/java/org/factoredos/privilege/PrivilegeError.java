package org.factoredos.privilege;

/** Why the privilege fleet refused; each is definite: no right has changed. */
public enum PrivilegeError {
    PERMISSION_DENIED("this domain may not grant or revoke that right; it needs GRANT for its target"),
    NO_SUCH_DOMAIN("there is no domain of that name"),
    DOMAIN_EXISTS("there is a domain of that name already"),
    NO_SUCH_RIGHT("the domain does not have exactly that right; 'privileges DOMAIN' lists those it has"),
    BAD_DOMAIN("a domain has 1 to 64 characters: letters, digits, '-', '_', '.', its parts separated by ':'"),
    BAD_TARGET("a target has 1 to 255 characters and no space; '*' stands for any text"),
    TOO_MANY_RIGHTS("a domain has at most 1024 rights; revoke some, or use '*' in a target"),
    BUSY("the domain's owner is moving or busy; try again");

    private final String sentence;

    PrivilegeError(String sentence) {
        this.sentence = sentence;
    }

    /** One sentence for people. */
    public String sentence() {
        return sentence;
    }
}
