package org.factoredos.shell;

import org.factoredos.shell.Syntax.Word;

/** A piece of source text, from offset {@code start} up to {@code end}. */
sealed interface Token {
    int start();

    int end();

    record WordToken(Word word, int start, int end) implements Token {}

    /** {@code ; & && || | ( )}. */
    record Operator(String text, int start, int end) implements Token {}

    /** {@code < > >> 2> >&}; {@code stream} is the digit before it, or what it stands for without one. */
    record Redirect(String text, int stream, int start, int end) implements Token {}

    record Newline(int start, int end) implements Token {}

    record End(int start, int end) implements Token {}
}
