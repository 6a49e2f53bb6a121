package org.factoredos.transport;

/** What arrived is no frame of a version that this program reads. */
final class MalformedFrame extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedFrame(String why) {
        super(why);
    }
}
