package org.factoredos.privilege;

/** Why the privilege fleet refused what it was asked about keys; each is definite: no key has changed. */
public enum KeyError {
    PERMISSION_DENIED("this domain may not say who comes in as that one; it needs GRANT for it"),
    NO_SUCH_DOMAIN("there is no domain of that name"),
    BAD_KEY("a key is a type and base64, as in a .pub file of OpenSSH, in a line of at most 3000 characters"),
    TOO_MANY_KEYS("a domain has at most 16 keys"),
    BUSY("the domain's owner is moving or busy; try again");

    private final String sentence;

    KeyError(String sentence) {
        this.sentence = sentence;
    }

    /** One sentence for people. */
    public String sentence() {
        return sentence;
    }
}
