package org.factoredos.boot;

import org.factoredos.lib.Calls;

/** What init does for somebody outside, beside all else that it does: step by step, waiting in none. In its thread alone. */
interface Errand {
    /** Whether {@link #advance} would do something. */
    boolean hasNews();

    /** When {@link #advance} is due though there is no news. */
    long dueNanos();

    /** Takes the next step, where there is one. */
    void advance(Calls calls);

    /** Whether whoever asked for it knows what became of it. */
    boolean over();

    /** Nobody will learn any more what becomes of it. */
    void abandon();
}
